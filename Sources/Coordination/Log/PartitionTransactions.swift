package import ActaModel

/// The transactions of one partition that are open, and what has changed of them and is not written yet.
package struct PartitionTransactions: Equatable, Sendable {
  private struct Key: Hashable, Sendable {
    let producer: ProducerID
    let firstOffset: Offset
  }

  /// By producer: the first offset that each has written in its transaction.
  private var open: [ProducerID: Offset] = [:]
  /// The first of all.
  package private(set) var firstOffset: Offset?
  private var changes: [Key: TransactionRangeChange] = [:]

  package init() {}

  /// Where nobody uses transactions, this costs no look for the producer.
  package subscript(producer: ProducerID) -> Offset? { open.isEmpty ? nil : open[producer] }

  /// One that is stored as open.
  package mutating func restore(_ transaction: OpenTransaction) {
    open[transaction.producerID] = transaction.firstOffset
    firstOffset = min(firstOffset ?? transaction.firstOffset, transaction.firstOffset)
  }

  /// Whether the same are open.
  package func agrees(with other: PartitionTransactions) -> Bool { open == other.open }

  /// The producer has written the first batch of a transaction.
  mutating func begin(_ producer: ProducerID, at offset: Offset) {
    open[producer] = offset
    firstOffset = min(firstOffset ?? offset, offset)
    changes[Key(producer: producer, firstOffset: offset)] = .opened(producer, firstOffset: offset)
  }

  /// The producer's transaction is over, with a marker at `last` behind which the log goes on. The result is
  /// what is to be remembered of it: `nil` if it was committed, or none was open.
  mutating func end(_ producer: ProducerID, isCommit: Bool, at last: Offset) -> AbortedRange? {
    guard let first = open.removeValue(forKey: producer) else { return nil }
    if first == firstOffset { firstOffset = open.values.min() }
    let key = Key(producer: producer, firstOffset: first)
    if isCommit {
      // What was begun since rows were written has none.
      let isStored = changes.removeValue(forKey: key) == nil
      if isStored { changes[key] = .committed(producer, firstOffset: first) }
      return nil
    }
    let range = AbortedRange(
      producerID: producer, firstOffset: first, lastOffset: last,
      lastStableOffset: firstOffset ?? last + 1)
    changes[key] = .aborted(range)
    return range
  }

  /// What rows are behind, in the order of offsets, each once.
  package mutating func takeChanges() -> [TransactionRangeChange] {
    if changes.isEmpty { return [] }
    defer { changes = [:] }
    return changes.values.sorted { $0.firstOffset < $1.firstOffset }
  }
}
