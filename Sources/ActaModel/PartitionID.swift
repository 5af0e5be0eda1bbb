/// The storage's own number for a partition, unique over the life of a database and never reused.
/// (A partition's *number* within its topic starts at zero and is what clients name.)
package struct PartitionID: Hashable, Comparable, Sendable {
  package let value: Int64

  package init(_ value: Int64) { self.value = value }

  package static func < (lhs: Self, rhs: Self) -> Bool { lhs.value < rhs.value }
}

extension PartitionID: CustomStringConvertible {
  package var description: String { String(value) }
}
