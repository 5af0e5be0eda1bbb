/// Floating-point numbers as Java prints them: the shortest digits that are read as the same number, with an exponent
/// from ten million on and below a thousandth.
package enum JavaNumber {
  package static func text<Value: BinaryFloatingPoint & CustomStringConvertible>(
    _ value: Value
  ) -> String {
    if value.isNaN { return "NaN" }
    let sign = value.sign == .minus ? "-" : ""
    if value.isInfinite { return sign + "Infinity" }
    if value == 0 { return sign + "0.0" }
    let (digits, exponent) = decimal(value.magnitude.description)
    let isPlain = value.magnitude >= 0.001 && value.magnitude < 10_000_000
    return sign + (isPlain ? plain(digits, exponent) : scientific(digits, exponent))
  }

  /// Digits without zeros at their ends, and where the decimal point is before the first of them, as a power of ten.
  private static func decimal(_ text: String) -> (digits: [Character], exponent: Int) {
    let parts = text.split(separator: "e", maxSplits: 1)
    let shift = parts.count > 1 ? Int(parts[1]) ?? 0 : 0
    let halves = parts[0].split(separator: ".", omittingEmptySubsequences: false)
    let whole = Array(halves[0])
    var digits = whole + (halves.count > 1 ? Array(halves[1]) : [])
    var exponent = whole.count + shift
    while digits.first == "0" {
      digits.removeFirst()
      exponent -= 1
    }
    while digits.last == "0" { digits.removeLast() }
    return (digits, exponent)
  }

  private static func plain(_ digits: [Character], _ exponent: Int) -> String {
    if exponent <= 0 { return "0." + String(repeating: "0", count: -exponent) + String(digits) }
    let whole = digits.prefix(exponent)
    let zeros = String(repeating: "0", count: exponent - whole.count)
    let fraction = digits.dropFirst(exponent)
    return String(whole) + zeros + "." + (fraction.isEmpty ? "0" : String(fraction))
  }

  private static func scientific(_ digits: [Character], _ exponent: Int) -> String {
    let fraction = digits.dropFirst()
    return "\(digits[0])." + (fraction.isEmpty ? "0" : String(fraction)) + "E\(exponent - 1)"
  }
}
