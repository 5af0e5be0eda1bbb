/// Reads the JSON of `HeadersJSON`: an array of pairs of names and values. It is strict about
/// anything else; rows that someone edited by hand into another shape are reported, not guessed at.
struct HeadersParser {
  private let text: UnsafeRawBufferPointer
  private var position = 0

  init(_ text: UnsafeRawBufferPointer) { self.text = text }

  mutating func parse() -> [HeadersJSON.Header]? {
    var headers: [HeadersJSON.Header] = []
    guard take("[") else { return nil }
    if !take("]") {
      repeat {
        guard let header = parsePair() else { return nil }
        headers.append(header)
      } while take(",")
      guard take("]") else { return nil }
    }
    skipSpace()
    return position == text.count ? headers : nil
  }

  private mutating func parsePair() -> HeadersJSON.Header? {
    guard take("["), let name = parseBytes(), take(",") else { return nil }
    if takeWord("null") {
      return take("]") ? HeadersJSON.Header(name: name, value: nil) : nil
    }
    guard let value = parseBytes(), take("]") else { return nil }
    return HeadersJSON.Header(name: name, value: value)
  }

  /// A string, or an object with base64.
  private mutating func parseBytes() -> [UInt8]? {
    guard take("{") else { return parseString() }
    guard let key = parseString(), key == Array("base64".utf8), take(":"),
      let digits = parseString(), take("}")
    else { return nil }
    return Base64.decode(digits)
  }

  private mutating func parseString() -> [UInt8]? {
    guard take("\"") else { return nil }
    var bytes: [UInt8] = []
    while position < text.count {
      let byte = text[position]
      position += 1
      switch byte {
      case UInt8(ascii: "\""): return bytes
      case UInt8(ascii: "\\"):
        guard parseEscape(into: &bytes) else { return nil }
      default: bytes.append(byte)
      }
    }
    return nil
  }

  private mutating func parseEscape(into bytes: inout [UInt8]) -> Bool {
    guard position < text.count else { return false }
    let letter = text[position]
    position += 1
    switch letter {
    case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"): bytes.append(letter)
    case UInt8(ascii: "b"): bytes.append(8)
    case UInt8(ascii: "f"): bytes.append(12)
    case UInt8(ascii: "n"): bytes.append(10)
    case UInt8(ascii: "r"): bytes.append(13)
    case UInt8(ascii: "t"): bytes.append(9)
    case UInt8(ascii: "u"):
      guard let scalar = parseScalar() else { return false }
      bytes.append(contentsOf: Array(String(Character(scalar)).utf8))
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
    guard position + 4 <= text.count else { return nil }
    var value: UInt32 = 0
    for byte in text[position..<position + 4] {
      guard let digit = Character(Unicode.Scalar(byte)).hexDigitValue else { return nil }
      value = value << 4 | UInt32(digit)
    }
    position += 4
    return value
  }

  private mutating func take(_ mark: Unicode.Scalar) -> Bool {
    skipSpace()
    return takeByte(UInt8(ascii: mark))
  }

  private mutating func takeByte(_ byte: UInt8) -> Bool {
    guard position < text.count, text[position] == byte else { return false }
    position += 1
    return true
  }

  private mutating func takeWord(_ word: StaticString) -> Bool {
    skipSpace()
    let bytes = UnsafeRawBufferPointer(start: word.utf8Start, count: word.utf8CodeUnitCount)
    guard text.count - position >= bytes.count,
      text[position..<position + bytes.count].elementsEqual(bytes)
    else { return false }
    position += bytes.count
    return true
  }

  private mutating func skipSpace() {
    while position < text.count, [0x20, 0x09, 0x0a, 0x0d].contains(text[position]) { position += 1 }
  }
}
