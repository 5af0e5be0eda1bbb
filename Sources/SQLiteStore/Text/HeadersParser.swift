import Bytes

/// Reads the JSON of `HeadersJSON`: an array of pairs of names and values. It is strict about
/// anything else; rows that were edited by hand into another shape are reported, not guessed at.
struct HeadersParser {
  private var cursor: JSONCursor

  init(_ text: UnsafeRawBufferPointer) { cursor = JSONCursor(text) }

  mutating func parse() -> [HeadersJSON.Header]? {
    let headers = cursor.array { Self.parsePair(&$0) }
    return cursor.isAtEnd() ? headers : nil
  }

  private static func parsePair(_ cursor: inout JSONCursor) -> HeadersJSON.Header? {
    guard cursor.take("["), let name = parseBytes(&cursor), cursor.take(",") else { return nil }
    if cursor.takeWord("null") {
      return cursor.take("]") ? HeadersJSON.Header(name: name, value: nil) : nil
    }
    guard let value = parseBytes(&cursor), cursor.take("]") else { return nil }
    return HeadersJSON.Header(name: name, value: value)
  }

  /// A string, or an object with base64.
  private static func parseBytes(_ cursor: inout JSONCursor) -> [UInt8]? {
    guard cursor.take("{") else { return cursor.string() }
    guard let key = cursor.string(), key == Array("base64".utf8), cursor.take(":"),
      let digits = cursor.string(), cursor.take("}")
    else { return nil }
    return Base64.decode(digits)
  }
}
