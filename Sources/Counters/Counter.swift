// What is counted, by whom it is counted and under which name it can be read. Knows nothing of what the
// numbers mean, and of no format in which they are told.

public import Synchronization

/// A number that any thread moves and any reads, at the cost of one atomic addition that orders nothing. Each
/// stands alone: a reading of several is not one moment.
@usableFromInline
package final class Counter: Sendable {
  @usableFromInline let number = Atomic<Int>(0)

  package init() {}

  @inlinable package var value: Int { number.load(ordering: .relaxed) }

  @inlinable
  package func add(_ count: Int = 1) { number.add(count, ordering: .relaxed) }

  /// For what can become less; of a total only more is counted.
  @inlinable
  package func subtract(_ count: Int = 1) { number.subtract(count, ordering: .relaxed) }
}
