import Bytes
import SQLite
import SQLiteStore

/// A column of a row as it is shown. Text passes through byte by byte where the format can carry it.
enum SQLValue {
  case null
  case number(String)
  case text([UInt8])
  case blob([UInt8])

  init(_ row: borrowing Statement, _ column: Int32) {
    if row.isNull(column) {
      self = .null
    } else if row.isText(column) {
      self = .text(row.bytes(column))
    } else if row.isBlob(column) {
      self = .blob(row.bytes(column))
    } else if row.isInteger(column) {
      self = .number(String(row.integer(column)))
    } else {
      self = .number(String(row.double(column)))
    }
  }

  /// For a table: nothing that ends a line or moves the cursor.
  func cell(null: String = "NULL") -> [UInt8] {
    switch self {
    case .null: Array(null.utf8)
    case .number(let digits): Array(digits.utf8)
    case .text(let bytes): Self.printable(bytes)
    case .blob(let bytes): Self.hexadecimal(bytes)
    }
  }

  private static func printable(_ bytes: [UInt8]) -> [UInt8] {
    guard bytes.contains(where: { $0 < 0x20 || $0 == 0x7f }) else { return bytes }
    var text: [UInt8] = []
    for byte in bytes {
      switch byte {
      case UInt8(ascii: "\n"): text += "\\n".utf8
      case UInt8(ascii: "\t"): text += "\\t".utf8
      case UInt8(ascii: "\r"): text += "\\r".utf8
      case 0..<0x20, 0x7f: text += ("\\x" + digits(byte)).utf8
      default: text.append(byte)
      }
    }
    return text
  }

  /// As SQL writes it.
  private static func hexadecimal(_ bytes: [UInt8]) -> [UInt8] {
    Array("x'".utf8) + bytes.flatMap { Array(digits($0).utf8) } + [UInt8(ascii: "'")]
  }

  private static func digits(_ byte: UInt8) -> String {
    (byte < 16 ? "0" : "") + String(byte, radix: 16)
  }

  /// Quoted where it must be (RFC 4180); NULL is nothing, an empty text is `""`.
  func appendCSV(to text: inout [UInt8]) {
    switch self {
    case .null: break
    case .number(let digits): text += digits.utf8
    case .blob(let bytes): text += Self.hexadecimal(bytes)
    case .text(let bytes):
      let special: Set<UInt8> = [UInt8(ascii: "\""), UInt8(ascii: ","), 10, 13]
      guard bytes.isEmpty || bytes.contains(where: { special.contains($0) }) else {
        text += bytes
        return
      }
      text.append(UInt8(ascii: "\""))
      for byte in bytes {
        if byte == UInt8(ascii: "\"") { text.append(byte) }
        text.append(byte)
      }
      text.append(UInt8(ascii: "\""))
    }
  }

  /// Bytes that are no text are `{"base64":"…"}`, as in the column `headers`.
  func appendJSON(to text: inout [UInt8]) {
    switch self {
    case .null: text += "null".utf8
    case .number(let digits): text += (Self.isJSON(digits) ? digits : "null").utf8
    case .text(let bytes) where String(validating: bytes, as: UTF8.self) != nil:
      JSONText.append(string: bytes, to: &text)
    case .text(let bytes), .blob(let bytes):
      text += #"{"base64":""#.utf8
      bytes.withUnsafeBytes { Base64.append($0, to: &text) }
      text += #""}"#.utf8
    }
  }

  /// JSON has neither infinity nor what is no number.
  private static func isJSON(_ digits: String) -> Bool {
    digits.utf8.last.map { $0 >= UInt8(ascii: "0") && $0 <= UInt8(ascii: "9") } ?? false
  }
}
