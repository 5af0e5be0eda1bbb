import ActaClient
import Glibc

/// How a line holds a record, as the properties of Kafka's `LineMessageReader` say it.
struct RecordLine: Sendable {
  private let hasKey: Bool
  private let hasHeaders: Bool
  private let keySeparator: [UInt8]
  private let headersDelimiter: [UInt8]
  private let headersSeparator: [UInt8]
  private let headersKeySeparator: [UInt8]
  private let nullMarker: [UInt8]?
  private let passesOverErrors: Bool

  /// Of a record, as they stand in the line.
  struct Parts {
    var key: ArraySlice<UInt8>?
    var value: ArraySlice<UInt8>?
    var headers: [Header] = []
  }

  /// - Throws: `ToolError` in Kafka's words for separators that cannot be told apart.
  init(_ properties: [String: String]) throws(ToolError) {
    hasKey = Self.isTrue(properties["parse.key"])
    hasHeaders = Self.isTrue(properties["parse.headers"])
    passesOverErrors = Self.isTrue(properties["ignore.error"])
    keySeparator = Array((properties["key.separator"] ?? "\t").utf8)
    headersDelimiter = Array((properties["headers.delimiter"] ?? "\t").utf8)
    headersSeparator = try Self.literal(properties["headers.separator"] ?? ",")
    headersKeySeparator = Array((properties["headers.key.separator"] ?? ":").utf8)
    nullMarker = properties["null.marker"].map { Array($0.utf8) }
    try checkSeparators()
  }

  private func checkSeparators() throws(ToolError) {
    let (delimiter, separator, keySeparator) =
      ("headers.delimiter", "headers.separator", "headers.key.separator")
    var pairs = [
      (delimiter, headersDelimiter, separator, headersSeparator),
      (delimiter, headersDelimiter, keySeparator, headersKeySeparator),
      (separator, headersSeparator, keySeparator, headersKeySeparator),
    ]
    if let nullMarker {
      pairs += [
        ("null.marker", nullMarker, "key.separator", self.keySeparator),
        ("null.marker", nullMarker, separator, headersSeparator),
        ("null.marker", nullMarker, delimiter, headersDelimiter),
        ("null.marker", nullMarker, keySeparator, headersKeySeparator),
      ]
    }
    if let same = pairs.first(where: { $0.1 == $0.3 }) {
      throw Self.error("\(same.0) and \(same.2) may not be equal")
    }
  }

  /// Java takes it for a regular expression. Here it is what such an expression stands for if it matches one text
  /// only: a backslash takes the meaning away from the character behind it.
  private static func literal(_ pattern: String) throws(ToolError) -> [UInt8] {
    var bytes: [UInt8] = []
    var rest = Array(pattern.utf8)[...]
    while let byte = rest.popFirst() {
      guard byte == UInt8(ascii: "\\"), let meant = rest.popFirst() else {
        bytes.append(byte)
        continue
      }
      switch meant {
      case UInt8(ascii: "t"): bytes.append(UInt8(ascii: "\t"))
      case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"):
        throw error("headers.separator is a text here, not the regular expression '\(pattern)'")
      default: bytes.append(meant)
      }
    }
    return bytes
  }

  private static func error(_ sentence: String) -> ToolError {
    ToolError("org.apache.kafka.common.KafkaException: \(sentence)")
  }

  /// As Java's `Boolean.parseBoolean`: whatever is not true is false.
  static func isTrue(_ text: String?) -> Bool { text?.trimmingBlanks.lowercased() == "true" }

  // MARK: Lines

  /// - Parameter number: From 1.
  /// - Throws: `ToolError` in Kafka's words for a line without what separates its parts.
  func parts(of line: ArraySlice<UInt8>, number: Int) throws(ToolError) -> Parts {
    if !hasKey, !hasHeaders, nullMarker == nil { return Parts(value: line) }
    var rest = line
    let headers =
      try hasHeaders
      ? cut(&rest, at: headersDelimiter, "headers delimiter", line, number) : nil
    let key = try hasKey ? cut(&rest, at: keySeparator, "key separator", line, number) : nil
    var parts = Parts(key: key.flatMap(notNull), value: notNull(rest))
    if let headers, notNull(headers) != nil { parts.headers = try self.headers(headers, number) }
    return parts
  }

  private func notNull(_ bytes: ArraySlice<UInt8>) -> ArraySlice<UInt8>? {
    nullMarker.map { bytes.elementsEqual($0) } == true ? nil : bytes
  }

  /// What is before the first separator; `rest` goes on behind it.
  private func cut(
    _ rest: inout ArraySlice<UInt8>, at separator: [UInt8], _ name: String,
    _ line: ArraySlice<UInt8>, _ number: Int
  ) throws(ToolError) -> ArraySlice<UInt8>? {
    guard let place = rest.firstPlace(of: separator) else {
      if passesOverErrors { return nil }
      throw Self.error(
        "No \(name) found on line number \(number): '\(String(decoding: line, as: UTF8.self))'")
    }
    defer { rest = rest[(place + separator.count)...] }
    return rest[..<place]
  }

  private func headers(_ text: ArraySlice<UInt8>, _ number: Int) throws(ToolError) -> [Header] {
    var headers: [Header] = []
    for pair in Self.split(text, at: headersSeparator) {
      guard let place = pair.firstPlace(of: headersKeySeparator) else {
        let text = String(decoding: pair, as: UTF8.self)
        guard passesOverErrors else {
          throw Self.error(
            "No header key separator found in pair '\(text)' on line number \(number)")
        }
        headers.append(Header(text, nil as [UInt8]?))
        continue
      }
      let name = String(decoding: pair[..<place], as: UTF8.self)
      if let nullMarker, name.utf8.elementsEqual(nullMarker) {
        throw Self.error(
          "Header keys should not be equal to the null marker '\(name)' as they can't be null")
      }
      headers.append(
        Header(name, notNull(pair[(place + headersKeySeparator.count)...]).map { Array($0) }))
    }
    return headers
  }

  /// As Java splits: what is empty at the end does not count, unless it is all there is.
  private static func split(
    _ text: ArraySlice<UInt8>, at separator: [UInt8]
  ) -> [ArraySlice<UInt8>] {
    if separator.isEmpty || text.isEmpty { return [text] }
    var pieces: [ArraySlice<UInt8>] = []
    var rest = text
    while let place = rest.firstPlace(of: separator) {
      pieces.append(rest[..<place])
      rest = rest[(place + separator.count)...]
    }
    pieces.append(rest)
    while pieces.last?.isEmpty == true { pieces.removeLast() }
    return pieces
  }
}

extension ArraySlice<UInt8> {
  /// Where other bytes begin in these for the first time; nothing begins everywhere.
  func firstPlace(of other: [UInt8]) -> Int? {
    guard let first = other.first else { return startIndex }
    var place = startIndex
    while let next = self[place...].firstPlace(of: first), endIndex - next >= other.count {
      if self[next..<(next + other.count)].elementsEqual(other) { return next }
      place = next + 1
    }
    return nil
  }

  private func firstPlace(of byte: UInt8) -> Int? {
    withUnsafeBytes { bytes in
      guard let base = bytes.baseAddress, let found = memchr(base, Int32(byte), bytes.count) else {
        return nil
      }
      return startIndex + base.distance(to: UnsafeRawPointer(found))
    }
  }
}
