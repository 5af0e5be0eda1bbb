/// The 128-bit id that a topic keeps for life; a topic created again under the same name has a new
/// one. All zero means "none", as on the wire (KafkaWire/PROTOCOL.md §2, uuid).
package struct TopicID: Hashable, Sendable {
  package let high: UInt64
  package let low: UInt64

  package init(high: UInt64, low: UInt64) {
    self.high = high
    self.low = low
  }

  package static let zero = TopicID(high: 0, low: 0)
  package var isZero: Bool { high == 0 && low == 0 }
}

extension TopicID {
  /// A version 4 (random) id.
  package static func random() -> TopicID {
    TopicID(randomHigh: .random(in: .min ... .max), low: .random(in: .min ... .max))
  }

  /// The same from a generator with a seed.
  package static func random(using generator: inout some RandomNumberGenerator) -> TopicID {
    TopicID(randomHigh: generator.next(), low: generator.next())
  }

  private init(randomHigh high: UInt64, low: UInt64) {
    self.init(
      high: high & 0xffff_ffff_ffff_0fff | 0x4000,
      low: low & 0x3fff_ffff_ffff_ffff | 0x8000_0000_0000_0000)
  }

  /// Reads the canonical form, `8-4-4-4-12` hexadecimal digits; `nil` for anything else.
  package init?(canonical text: String) {
    var digits: [UInt64] = []
    for (index, byte) in text.utf8.enumerated() {
      if [8, 13, 18, 23].contains(index) {
        guard byte == UInt8(ascii: "-") else { return nil }
        continue
      }
      guard let digit = Character(UnicodeScalar(byte)).hexDigitValue else { return nil }
      digits.append(UInt64(digit))
    }
    guard digits.count == 32 else { return nil }
    high = digits[..<16].reduce(0) { $0 << 4 | $1 }
    low = digits[16...].reduce(0) { $0 << 4 | $1 }
  }
}

extension TopicID: CustomStringConvertible {
  /// The canonical form, `8-4-4-4-12` lower-case hexadecimal digits.
  package var description: String {
    let digits = Self.hexadecimal(high) + Self.hexadecimal(low)
    var text = ""
    for (index, digit) in digits.enumerated() {
      if [8, 12, 16, 20].contains(index) { text.append("-") }
      text.append(digit)
    }
    return text
  }

  private static func hexadecimal(_ value: UInt64) -> String {
    let digits = String(value, radix: 16)
    return String(repeating: "0", count: 16 - digits.count) + digits
  }
}
