/// A position in one partition's log: the number of a record, counted from the partition's first.
///
/// What a client or a row says need not be one. It is looked at before it becomes an `Offset`
/// (`init(exactly:)`): the precondition is for our own mistakes.
@frozen @usableFromInline
package struct Offset: Hashable, Comparable, Sendable {
  @usableFromInline package let value: Int64

  @inlinable
  package init(_ value: Int64) {
    precondition(value >= 0, "offsets start at zero")
    self.value = value
  }

  /// `nil` for a number that is no offset: one below zero, as the protocol's -1 and -2.
  @inlinable
  package init?(exactly value: Int64) {
    guard value >= 0 else { return nil }
    self.value = value
  }

  @inlinable
  package static var zero: Offset { Offset(0) }

  @inlinable
  package static func < (lhs: Self, rhs: Self) -> Bool { lhs.value < rhs.value }

  /// The offset `count` records on.
  @inlinable
  package static func + (offset: Self, count: Int64) -> Self { Offset(offset.value + count) }

  /// How many records there are from `start` up to `end`, if none is missing; below zero when `end`
  /// comes first.
  @inlinable
  package static func - (end: Self, start: Self) -> Int64 { end.value - start.value }
}

extension Offset: CustomStringConvertible {
  @usableFromInline package var description: String { String(value) }
}
