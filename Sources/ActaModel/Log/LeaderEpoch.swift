/// Which of the leaders that a partition has had: here one for every start of the broker. Any that a
/// client names can be one, since it is only compared.
@frozen @usableFromInline
package struct LeaderEpoch: Hashable, Comparable, Sendable {
  @usableFromInline package let value: Int32

  @inlinable
  package init(_ value: Int32) { self.value = value }

  /// The protocol's -1: nothing was appended yet, or a client does not know.
  @inlinable
  package static var absent: LeaderEpoch { LeaderEpoch(-1) }

  @inlinable
  package static func < (lhs: Self, rhs: Self) -> Bool { lhs.value < rhs.value }
}

extension LeaderEpoch: CustomStringConvertible {
  @usableFromInline package var description: String { String(value) }
}
