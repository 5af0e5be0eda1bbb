/// A float64: equal to another when its bits are, so that what was read can be held against what is
/// written, whatever number it is or is not.
package struct WireDouble: WireValue {
  package var value: Double

  package init(_ value: Double) { self.value = value }

  package static func == (lhs: Self, rhs: Self) -> Bool {
    lhs.value.bitPattern == rhs.value.bitPattern
  }

  package mutating func code<C: FieldCoder>(
    _ name: StaticString, nullable: Bool, by coder: inout C
  ) throws(WireError) {
    try coder.double(name, &value)
  }
}
