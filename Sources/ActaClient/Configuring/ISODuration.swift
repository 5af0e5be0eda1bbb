/// A duration as ISO 8601 and Java write it: `P1DT2H3M4.5S`.
enum ISODuration {
  /// `nil` for what is none, is negative, or has no milliseconds that can be counted.
  static func milliseconds(_ text: String) -> Int64? {
    var rest = Array(text.uppercased().utf8)[...]
    guard rest.popFirst() == UInt8(ascii: "P"), !rest.isEmpty else { return nil }
    var total: Int64 = 0
    var units: [(letter: UInt8, milliseconds: Int64)] = [(UInt8(ascii: "D"), 86_400_000)]
    while let first = rest.first {
      if first == UInt8(ascii: "T") {
        // Once, and something must follow.
        guard units.allSatisfy({ $0.letter == UInt8(ascii: "D") }), rest.count > 1 else {
          return nil
        }
        rest.removeFirst()
        units = [
          (UInt8(ascii: "H"), 3_600_000), (UInt8(ascii: "M"), 60_000), (UInt8(ascii: "S"), 1_000),
        ]
        continue
      }
      guard let part = takePart(&rest, &units) else { return nil }
      let (sum, isBeyond) = total.addingReportingOverflow(part)
      if isBeyond { return nil }
      total = sum
    }
    return total
  }

  /// A number and its unit, of which each comes once and in order.
  private static func takePart(
    _ rest: inout ArraySlice<UInt8>, _ units: inout [(letter: UInt8, milliseconds: Int64)]
  ) -> Int64? {
    let digits = rest.prefix { $0 >= UInt8(ascii: "0") && $0 <= UInt8(ascii: "9") }
    rest = rest.dropFirst(digits.count)
    var fraction: ArraySlice<UInt8> = []
    if rest.first == UInt8(ascii: ".") {
      fraction = rest.dropFirst().prefix { $0 >= UInt8(ascii: "0") && $0 <= UInt8(ascii: "9") }
      rest = rest.dropFirst(1 + fraction.count)
    }
    guard let letter = rest.popFirst(),
      let place = units.firstIndex(where: { $0.letter == letter }),
      fraction.isEmpty || letter == UInt8(ascii: "S"),
      let whole = Int64(String(decoding: digits, as: UTF8.self))
    else { return nil }
    let unit = units[place].milliseconds
    units.removeFirst(place + 1)
    let (milliseconds, isBeyond) = whole.multipliedReportingOverflow(by: unit)
    let thousandths = String(decoding: (fraction + Array("000".utf8)).prefix(3), as: UTF8.self)
    guard !isBeyond, let rest = Int64(thousandths) else { return nil }
    let sum = milliseconds.addingReportingOverflow(fraction.isEmpty ? 0 : rest)
    return sum.overflow ? nil : sum.partialValue
  }
}
