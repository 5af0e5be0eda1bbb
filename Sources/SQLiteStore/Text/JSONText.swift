/// Writes JSON's strings.
package enum JSONText {
  /// Appends the string in quotes; the bytes are UTF-8.
  package static func append(string bytes: some Sequence<UInt8>, to text: inout [UInt8]) {
    text.append(UInt8(ascii: "\""))
    for byte in bytes { append(escaped: byte, to: &text) }
    text.append(UInt8(ascii: "\""))
  }

  private static func append(escaped byte: UInt8, to text: inout [UInt8]) {
    switch byte {
    case UInt8(ascii: "\""), UInt8(ascii: "\\"):
      text.append(UInt8(ascii: "\\"))
      text.append(byte)
    case 0..<0x20:
      let digits = Array("0123456789abcdef".utf8)
      text.append(contentsOf: #"\u00"#.utf8)
      text.append(digits[Int(byte >> 4)])
      text.append(digits[Int(byte & 15)])
    default: text.append(byte)
    }
  }
}
