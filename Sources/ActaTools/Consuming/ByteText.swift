import ActaClient
import Bytes

/// How bytes of a key, a value or a header are shown, by the name of one of Java's deserializers; and two of our own.
enum ByteText: String, CaseIterable, Sendable {
  /// As they are.
  case byteArray = "ByteArray"
  case string = "String"
  /// As Kafka's `Bytes` prints itself: what is not ASCII as `\xFF`.
  case bytes = "Bytes"
  case short = "Short"
  case integer = "Integer"
  case long = "Long"
  case float = "Float"
  case double = "Double"
  case boolean = "Boolean"
  case uuid = "UUID"
  case void = "Void"
  case hex
  case base64

  private static let package = "org.apache.kafka.common.serialization."

  /// - Parameter name: A class of Java's, with or without its package; `hex`; `base64`.
  /// - Throws: `ToolError`
  init(named name: String) throws(ToolError) {
    let short = name.hasPrefix(Self.package) ? String(name.dropFirst(Self.package.count)) : name
    let found = Self.allCases.first { text in
      text.isOurs ? text.rawValue == name : "\(text.rawValue)Deserializer" == short
    }
    guard let found else { throw ToolError("java.lang.ClassNotFoundException: \(name)") }
    self = found
  }

  private var isOurs: Bool { self == .hex || self == .base64 }

  /// - Throws: `ToolError` in Java's words for bytes that are none of that kind.
  func write(_ bytes: [UInt8], to output: inout [UInt8]) throws(ToolError) {
    switch self {
    case .byteArray: output += bytes
    case .string: output += String(decoding: bytes, as: UTF8.self).utf8
    case .bytes: Self.writeEscaped(bytes, to: &output)
    case .short: output += try "\(number(bytes, of: Int16.self))".utf8
    case .integer: output += try "\(number(bytes, of: Int32.self))".utf8
    case .long: output += try "\(number(bytes, of: Int64.self))".utf8
    case .float:
      output += try JavaNumber.text(Float(bitPattern: number(bytes, of: UInt32.self))).utf8
    case .double:
      output += try JavaNumber.text(Double(bitPattern: number(bytes, of: UInt64.self))).utf8
    case .boolean: output += try boolean(bytes).utf8
    case .uuid: output += try uuid(bytes).utf8
    case .void: throw error("Data should be null for a VoidDeserializer.")
    case .hex: Self.writeHex(bytes, to: &output)
    case .base64: bytes.withUnsafeBytes { Base64.append($0, to: &output) }
    }
  }

  private func error(_ sentence: String) -> ToolError {
    ToolError("org.apache.kafka.common.errors.SerializationException: \(sentence)")
  }

  private func number<Number: FixedWidthInteger>(
    _ bytes: [UInt8], of type: Number.Type
  ) throws(ToolError) -> Number {
    let size = Number.bitWidth / 8
    guard bytes.count == size else {
      // Those of floating point do not say their names.
      let name = self == .float || self == .double ? "" : rawValue
      throw error("Size of data received by \(name)Deserializer is not \(size)")
    }
    return bytes.reduce(0) { $0 << 8 | Number(truncatingIfNeeded: $1) }
  }

  private func boolean(_ bytes: [UInt8]) throws(ToolError) -> String {
    guard let byte = bytes.first, bytes.count == 1 else {
      throw error("Size of data received by BooleanDeserializer is not 1")
    }
    guard byte < 2 else {
      throw error("Unexpected byte received by BooleanDeserializer: \(Int8(bitPattern: byte))")
    }
    return byte == 1 ? "true" : "false"
  }

  /// Its text as text; whatever it is, it is printed.
  private func uuid(_ bytes: [UInt8]) throws(ToolError) -> String {
    let text = String(decoding: bytes, as: UTF8.self)
    guard let id = UniqueID(text) else { throw error("Error parsing data into UUID") }
    return "\(id)".lowercased()
  }

  private static let digits = Array("0123456789abcdef".utf8)

  private static func writeHex(_ bytes: [UInt8], to output: inout [UInt8]) {
    for byte in bytes {
      output.append(digits[Int(byte >> 4)])
      output.append(digits[Int(byte & 15)])
    }
  }

  private static func writeEscaped(_ bytes: [UInt8], to output: inout [UInt8]) {
    let digits = Array("0123456789ABCDEF".utf8)
    for byte in bytes {
      if (0x20..<0x7f).contains(byte), byte != UInt8(ascii: "\\") {
        output.append(byte)
      } else {
        output += [UInt8(ascii: "\\"), UInt8(ascii: "x")]
        output += [digits[Int(byte >> 4)], digits[Int(byte & 15)]]
      }
    }
  }
}
