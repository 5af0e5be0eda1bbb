/// Numbers with so many decimals, as `%.2f` prints them.
package enum FixedPoint {
  /// - Parameter decimals: At most 6.
  package static func text(_ value: Double, decimals: Int) -> String {
    precondition(decimals <= 6, "\(decimals) decimals")
    if value.isNaN { return "NaN" }
    if value.isInfinite { return value < 0 ? "-Infinity" : "Infinity" }
    let scale = (0..<decimals).reduce(1) { scale, _ in scale * 10 }
    let scaled = (value.magnitude * Double(scale)).rounded()
    guard let units = Int(exactly: scaled) else { return "\(value)" }
    let sign = value < 0 && units > 0 ? "-" : ""
    if decimals == 0 { return "\(sign)\(units)" }
    let fraction = "\(units % scale)"
    let zeros = String(repeating: "0", count: decimals - fraction.count)
    return "\(sign)\(units / scale).\(zeros)\(fraction)"
  }
}
