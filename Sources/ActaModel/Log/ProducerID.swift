/// The number that an idempotent producer was given, unique over the life of a database. A producer
/// that is not idempotent has none (-1 in a batch's header).
@frozen @usableFromInline
package struct ProducerID: Hashable, Comparable, Sendable {
  @usableFromInline package let value: Int64

  @inlinable
  package init(_ value: Int64) { self.value = value }

  @inlinable
  package static func < (lhs: Self, rhs: Self) -> Bool { lhs.value < rhs.value }

  @inlinable
  package var next: ProducerID { ProducerID(value + 1) }
}

extension ProducerID: CustomStringConvertible {
  @usableFromInline package var description: String { String(value) }
}
