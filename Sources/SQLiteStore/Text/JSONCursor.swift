/// Takes JSON apart, token by token, for the columns whose shape is known. Whatever does not fit is
/// `nil` or false, and the caller gives up.
struct JSONCursor {
  private let bytes: UnsafeRawBufferPointer
  private var position = 0

  init(_ bytes: UnsafeRawBufferPointer) { self.bytes = bytes }

  mutating func isAtEnd() -> Bool {
    skipSpace()
    return position == bytes.count
  }

  /// A number without fraction and exponent.
  mutating func integer() -> Int64? {
    skipSpace()
    let start = position
    while position < bytes.count, Self.isPartOfInteger(bytes[position]) { position += 1 }
    return Int64(String(decoding: bytes[start..<position], as: UTF8.self))
  }

  private static func isPartOfInteger(_ byte: UInt8) -> Bool {
    byte == UInt8(ascii: "-") || (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte)
  }

  mutating func array<Element>(_ element: (inout JSONCursor) -> Element?) -> [Element]? {
    guard take("[") else { return nil }
    var elements: [Element] = []
    if take("]") { return elements }
    repeat {
      guard let next = element(&self) else { return nil }
      elements.append(next)
    } while take(",")
    return take("]") ? elements : nil
  }

  /// Names and values, in their order.
  mutating func object<Value>(
    _ value: (inout JSONCursor) -> Value?
  ) -> [(name: String, value: Value)]? {
    guard take("{") else { return nil }
    var members: [(name: String, value: Value)] = []
    if take("}") { return members }
    repeat {
      guard let name = text(), take(":"), let value = value(&self) else { return nil }
      members.append((name, value))
    } while take(",")
    return take("}") ? members : nil
  }

  mutating func text() -> String? { string().map { String(decoding: $0, as: UTF8.self) } }

  /// The bytes of a string, escapes resolved.
  mutating func string() -> [UInt8]? {
    guard take("\"") else { return nil }
    var string: [UInt8] = []
    while position < bytes.count {
      let byte = bytes[position]
      position += 1
      switch byte {
      case UInt8(ascii: "\""): return string
      case UInt8(ascii: "\\"):
        guard parseEscape(into: &string) else { return nil }
      default: string.append(byte)
      }
    }
    return nil
  }

  private mutating func parseEscape(into string: inout [UInt8]) -> Bool {
    guard position < bytes.count else { return false }
    let letter = bytes[position]
    position += 1
    switch letter {
    case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"): string.append(letter)
    case UInt8(ascii: "b"): string.append(8)
    case UInt8(ascii: "f"): string.append(12)
    case UInt8(ascii: "n"): string.append(10)
    case UInt8(ascii: "r"): string.append(13)
    case UInt8(ascii: "t"): string.append(9)
    case UInt8(ascii: "u"):
      guard let scalar = parseScalar() else { return false }
      string.append(contentsOf: Array(String(Character(scalar)).utf8))
    default: return false
    }
    return true
  }

  /// Four digits, or two times four that make a surrogate pair.
  private mutating func parseScalar() -> Unicode.Scalar? {
    guard let high = parseHexadecimal() else { return nil }
    guard (0xd800...0xdbff).contains(high) else { return Unicode.Scalar(high) }
    guard takeByte(UInt8(ascii: "\\")), takeByte(UInt8(ascii: "u")),
      let low = parseHexadecimal(), (0xdc00...0xdfff).contains(low)
    else { return nil }
    return Unicode.Scalar(0x10000 + (high - 0xd800) << 10 + (low - 0xdc00))
  }

  private mutating func parseHexadecimal() -> UInt32? {
    guard position + 4 <= bytes.count else { return nil }
    var value: UInt32 = 0
    for byte in bytes[position..<position + 4] {
      guard let digit = Character(Unicode.Scalar(byte)).hexDigitValue else { return nil }
      value = value << 4 | UInt32(digit)
    }
    position += 4
    return value
  }

  /// Takes a mark, whatever space is before it.
  mutating func take(_ mark: Unicode.Scalar) -> Bool {
    skipSpace()
    return takeByte(UInt8(ascii: mark))
  }

  private mutating func takeByte(_ byte: UInt8) -> Bool {
    guard position < bytes.count, bytes[position] == byte else { return false }
    position += 1
    return true
  }

  mutating func takeWord(_ word: StaticString) -> Bool {
    skipSpace()
    let wanted = UnsafeRawBufferPointer(start: word.utf8Start, count: word.utf8CodeUnitCount)
    guard bytes.count - position >= wanted.count,
      bytes[position..<position + wanted.count].elementsEqual(wanted)
    else { return false }
    position += wanted.count
    return true
  }

  private mutating func skipSpace() {
    while position < bytes.count, [0x20, 0x09, 0x0a, 0x0d].contains(bytes[position]) {
      position += 1
    }
  }
}
