import BatchCodec
import Bytes

/// A record's headers as the column `headers` keeps them, lossless and readable:
/// `[["name","text"],["binary",{"base64":"AAE="}],["none",null]]`, NULL when there are none.
///
/// Text is a JSON string if it is UTF-8 without NUL (SQLite's text functions stop there); all other
/// bytes, in a name as well, are an object with their base64.
enum HeadersJSON {
  /// One header, its bytes its own.
  struct Header: Equatable {
    let name: [UInt8]
    let value: [UInt8]?
  }

  /// Replaces `text` by the headers of `record`.
  static func encode(_ record: RecordView, into text: inout [UInt8]) {
    text.removeAll(keepingCapacity: true)
    text.append(UInt8(ascii: "["))
    var cursor = HeaderCursor(record)
    var isFirst = true
    while let header = cursor.next() {
      if !isFirst { text.append(UInt8(ascii: ",")) }
      isFirst = false
      append(name: header.name, value: header.value, to: &text)
    }
    text.append(UInt8(ascii: "]"))
  }

  static func encode(_ headers: [Header]) -> [UInt8] {
    var text: [UInt8] = [UInt8(ascii: "[")]
    for (index, header) in headers.enumerated() {
      if index > 0 { text.append(UInt8(ascii: ",")) }
      header.name.withUnsafeBytes { name in
        guard let value = header.value else { return append(name: name, value: nil, to: &text) }
        value.withUnsafeBytes { append(name: name, value: $0, to: &text) }
      }
    }
    text.append(UInt8(ascii: "]"))
    return text
  }

  private static func append(
    name: UnsafeRawBufferPointer, value: UnsafeRawBufferPointer?, to text: inout [UInt8]
  ) {
    text.append(UInt8(ascii: "["))
    append(name, to: &text)
    text.append(UInt8(ascii: ","))
    if let value { append(value, to: &text) } else { text.append(contentsOf: "null".utf8) }
    text.append(UInt8(ascii: "]"))
  }

  private static func append(_ bytes: UnsafeRawBufferPointer, to text: inout [UInt8]) {
    guard isText(bytes) else {
      text.append(contentsOf: #"{"base64":""#.utf8)
      Base64.append(bytes, to: &text)
      text.append(contentsOf: #""}"#.utf8)
      return
    }
    JSONText.append(string: bytes, to: &text)
  }

  private static func isText(_ bytes: UnsafeRawBufferPointer) -> Bool {
    var isASCII = true
    for byte in bytes {
      if byte == 0 { return false }
      if byte >= 0x80 { isASCII = false }
    }
    return isASCII || String(validating: bytes, as: UTF8.self) != nil
  }

  /// Reads what `encode` wrote, and any other JSON of that shape; `nil` for everything else.
  static func decode(_ text: UnsafeRawBufferPointer) -> [Header]? {
    var parser = HeadersParser(text)
    return parser.parse()
  }
}
