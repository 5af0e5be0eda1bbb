/// `PnDTnHnMnS`, as Java reads it: each number may have a sign of its own, and all of it one before it; seconds may
/// have a fraction.
package enum ISODuration {
  private struct Unit {
    let letter: UInt8
    let milliseconds: Int64
  }

  private static let days = [Unit(letter: UInt8(ascii: "D"), milliseconds: 86_400_000)]
  private static let times = [
    Unit(letter: UInt8(ascii: "H"), milliseconds: 3_600_000),
    Unit(letter: UInt8(ascii: "M"), milliseconds: 60_000),
    Unit(letter: UInt8(ascii: "S"), milliseconds: 1_000),
  ]

  /// `nil` for what is none, or has more milliseconds than can be counted. Finer than those is dropped.
  package static func milliseconds(_ text: String) -> Int64? {
    var rest = Array(text.uppercased().utf8)[...]
    let isNegative = takeSign(&rest)
    guard rest.popFirst() == UInt8(ascii: "P"), !rest.isEmpty else { return nil }
    var total: Int64 = 0
    var (units, isInTimes) = (days[...], false)
    while let first = rest.first {
      if first == UInt8(ascii: "T") {
        // Once, and something must follow.
        guard !isInTimes, rest.count > 1 else { return nil }
        rest.removeFirst()
        (units, isInTimes) = (times[...], true)
        continue
      }
      guard let part = takePart(&rest, &units) else { return nil }
      let sum = total.addingReportingOverflow(part)
      if sum.overflow { return nil }
      total = sum.partialValue
    }
    return isNegative ? -total : total
  }

  /// Whether it was a minus.
  private static func takeSign(_ rest: inout ArraySlice<UInt8>) -> Bool {
    guard let sign = rest.first, sign == UInt8(ascii: "-") || sign == UInt8(ascii: "+") else {
      return false
    }
    rest.removeFirst()
    return sign == UInt8(ascii: "-")
  }

  private static func takeDigits(_ rest: inout ArraySlice<UInt8>) -> ArraySlice<UInt8> {
    let digits = rest.prefix { $0 >= UInt8(ascii: "0") && $0 <= UInt8(ascii: "9") }
    rest = rest.dropFirst(digits.count)
    return digits
  }

  /// A number and its unit, of which each comes once and in order.
  private static func takePart(
    _ rest: inout ArraySlice<UInt8>, _ units: inout ArraySlice<Unit>
  ) -> Int64? {
    let isNegative = takeSign(&rest)
    let digits = takeDigits(&rest)
    var fraction: ArraySlice<UInt8>?
    if let point = rest.first, point == UInt8(ascii: ".") || point == UInt8(ascii: ",") {
      rest.removeFirst()
      fraction = takeDigits(&rest)
    }
    guard let letter = rest.popFirst(),
      let place = units.firstIndex(where: { $0.letter == letter }),
      fraction.map({ letter == UInt8(ascii: "S") && $0.count <= 9 }) ?? true,
      let whole = Int64(String(decoding: digits, as: UTF8.self))
    else { return nil }
    let (milliseconds, isBeyond) = whole.multipliedReportingOverflow(by: units[place].milliseconds)
    units = units[(place + 1)...]
    let thousandths = Array(((fraction ?? []) + Array("000".utf8)).prefix(3))
    guard !isBeyond, let rest = Int64(String(decoding: thousandths, as: UTF8.self)) else {
      return nil
    }
    let sum = milliseconds.addingReportingOverflow(rest)
    if sum.overflow { return nil }
    return isNegative ? -sum.partialValue : sum.partialValue
  }
}
