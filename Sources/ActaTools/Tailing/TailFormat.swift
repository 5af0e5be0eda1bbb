import ActaCLI
import ActaClient

/// What is printed of a record, as kcat's `-f` has it; the essay is in `TailOptions`.
struct TailFormat: RecordFormatter {
  private enum Part {
    case text([UInt8])
    case topic, partition, offset, key, keyLength, value, valueLength, valueLengthBytes
    case timestamp, date, headers
  }

  private let parts: [Part]
  private let null: [UInt8]

  private static let letters: [Character: Part] = [
    "t": .topic, "p": .partition, "o": .offset, "k": .key, "K": .keyLength, "s": .value,
    "S": .valueLength, "R": .valueLengthBytes, "T": .timestamp, "D": .date, "h": .headers,
  ]

  /// - Parameter null: Stands for a key or a value that is null or has no bytes.
  /// - Throws: `ToolError` for a letter that stands for nothing.
  init(_ text: String, null: String) throws(ToolError) {
    var parts: [Part] = []
    var rest = text[...]
    while let next = rest.popFirst() {
      switch next {
      case "%":
        guard let letter = rest.popFirst() else {
          throw ToolError("The format ends with a percent sign; write %% for one.")
        }
        if letter == "%" {
          parts.append(.text([UInt8(ascii: "%")]))
        } else if let part = Self.letters[letter] {
          parts.append(part)
        } else {
          throw ToolError("Nothing is meant by %\(letter) in a format.")
        }
      case "\\": parts.append(.text(Self.escape(&rest)))
      default: parts.append(.text(Array(String(next).utf8)))
      }
    }
    self.parts = parts
    self.null = Array(null.utf8)
  }

  /// Behind a backslash: a letter, `xFF`, or up to three decimal digits.
  private static func escape(_ rest: inout Substring) -> [UInt8] {
    guard let letter = rest.first else { return [UInt8(ascii: "\\")] }
    if letter.isASCII, letter.isNumber { return [number(&rest, digits: 3, radix: 10)] }
    rest.removeFirst()
    switch letter {
    case "n": return [UInt8(ascii: "\n")]
    case "r": return [UInt8(ascii: "\r")]
    case "t": return [UInt8(ascii: "\t")]
    case "x": return [number(&rest, digits: 2, radix: 16)]
    default: return Array(String(letter).utf8)
    }
  }

  private static func number(_ rest: inout Substring, digits: Int, radix: Int) -> UInt8 {
    var value = 0
    for _ in 0..<digits {
      guard let digit = rest.first?.hexDigitValue, digit < radix else { break }
      value = value * radix + digit
      rest.removeFirst()
    }
    return UInt8(truncatingIfNeeded: value)
  }

  func write(_ record: FetchedRecord, to output: inout [UInt8]) {
    for part in parts {
      switch part {
      case .text(let bytes): output += bytes
      case .topic: output += record.topic.utf8
      case .partition: output += "\(record.partition)".utf8
      case .offset: output += "\(record.offset)".utf8
      case .key: output += shown(record.key)
      case .keyLength: output += "\(record.key?.count ?? -1)".utf8
      case .value: output += shown(record.value)
      case .valueLength: output += "\(record.value?.count ?? -1)".utf8
      case .valueLengthBytes:
        withUnsafeBytes(of: Int32(clamping: record.value?.count ?? -1).bigEndian) { output += $0 }
      case .timestamp: output += "\(record.timestamp ?? -1)".utf8
      case .date: output += (record.timestamp.map { LogTime(milliseconds: $0).iso8601 } ?? "").utf8
      case .headers: writeHeaders(record.headers, to: &output)
      }
    }
  }

  /// What has no bytes is shown like null, as kcat does.
  private func shown(_ bytes: [UInt8]?) -> [UInt8] {
    bytes.flatMap { $0.isEmpty ? nil : $0 } ?? null
  }

  private func writeHeaders(_ headers: [Header], to output: inout [UInt8]) {
    for (place, header) in headers.enumerated() {
      if place > 0 { output.append(UInt8(ascii: ",")) }
      output += header.name.utf8
      output.append(UInt8(ascii: "="))
      output += header.value ?? Array("NULL".utf8)
    }
  }
}
