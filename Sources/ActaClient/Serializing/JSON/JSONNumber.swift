/// Numbers between their text and Swift's types: exactly, or not at all.
enum JSONNumber {
  /// `nil` where the number is none of the type's: too large, or not whole. `1.0` and `1e2` are whole.
  static func integer<Value: FixedWidthInteger>(_ text: String, as type: Value.Type) -> Value? {
    Value(text) ?? whole(text)
  }

  /// A number with a fraction or an exponent that is whole all the same.
  private static func whole<Value: FixedWidthInteger>(_ text: String) -> Value? {
    let parts = text.utf8.split(
      maxSplits: 1, whereSeparator: { $0 == UInt8(ascii: "e") || $0 == UInt8(ascii: "E") })
    guard let mantissa = parts.first else { return nil }
    // An exponent that no integer needs is out of range, or the number is 0 or a fraction.
    guard let exponent = parts.count == 1 ? 0 : Int(String(parts[1]) ?? "") else { return nil }
    var digits: [UInt8] = []
    var isNegative = false
    var shift = exponent
    var isBehindPoint = false
    for byte in mantissa {
      switch byte {
      case UInt8(ascii: "-"): isNegative = true
      case UInt8(ascii: "."): isBehindPoint = true
      default:
        digits.append(byte)
        if isBehindPoint { shift -= 1 }
      }
    }
    while shift < 0, digits.last == UInt8(ascii: "0") {
      digits.removeLast()
      shift += 1
    }
    let significant = digits.drop { $0 == UInt8(ascii: "0") }
    if significant.isEmpty { return 0 }
    // 2^128 has 39 digits.
    guard shift >= 0, significant.count + shift <= 40 else { return nil }
    let zeros = [UInt8](repeating: UInt8(ascii: "0"), count: shift)
    return Value((isNegative ? "-" : "") + String(decoding: significant + zeros, as: UTF8.self))
  }

  /// The nearest that the type has; `nil` beyond its range.
  static func floating<Value: LosslessStringConvertible & BinaryFloatingPoint>(
    _ text: String, as type: Value.Type
  ) -> Value? {
    Value(text).flatMap { $0.isFinite ? $0 : nil }
  }

  /// The shortest text that reads back as the same number; `nil` for infinities and what is no number.
  static func text<Value: LosslessStringConvertible & BinaryFloatingPoint>(
    of value: Value
  ) -> String? {
    value.isFinite ? value.description : nil
  }
}
