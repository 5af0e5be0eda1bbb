package import ActaModel

/// The transactions of one partition that are open, and what has changed of them and is not written yet.
package struct PartitionTransactions: Equatable, Sendable {
  private struct Key: Hashable, Sendable {
    let producer: ProducerID
    let firstOffset: Offset
  }

  /// The first batch of a transaction.
  private struct First: Comparable, Sendable {
    let offset: Offset
    let producer: ProducerID

    static func < (one: Self, other: Self) -> Bool { one.offset < other.offset }
  }

  /// By producer: the first offset that each has written in its transaction.
  private var open: [ProducerID: Offset] = [:]
  /// Those that are open, and some that are over and are dropped when they come first.
  private var firsts = MinHeap<First>()
  private var changes: [Key: TransactionRangeChange] = [:]

  package init() {}

  package static func == (one: Self, other: Self) -> Bool {
    one.open == other.open && one.changes == other.changes
  }

  /// Where nobody uses transactions, this costs no look for the producer.
  package subscript(producer: ProducerID) -> Offset? { open.isEmpty ? nil : open[producer] }

  /// The first of all.
  package var firstOffset: Offset? { firsts.first?.offset }

  /// How many are kept to know the first, leftovers included.
  var keptFirstsCount: Int { firsts.count }

  /// One that is stored as open.
  package mutating func restore(_ transaction: OpenTransaction) {
    add(transaction.producerID, at: transaction.firstOffset)
  }

  /// Whether the same are open.
  package func agrees(with other: PartitionTransactions) -> Bool { open == other.open }

  /// The producer has written the first batch of a transaction.
  mutating func begin(_ producer: ProducerID, at offset: Offset) {
    add(producer, at: offset)
    changes[Key(producer: producer, firstOffset: offset)] = .opened(producer, firstOffset: offset)
  }

  /// The producer's transaction is over, with a marker at `last` behind which the log goes on. The result is
  /// what is to be remembered of it: `nil` if it was committed, or none was open.
  mutating func end(_ producer: ProducerID, isCommit: Bool, at last: Offset) -> AbortedRange? {
    guard let first = open.removeValue(forKey: producer) else { return nil }
    dropLeftovers()
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

  private mutating func add(_ producer: ProducerID, at offset: Offset) {
    open[producer] = offset
    firsts.push(First(offset: offset, producer: producer))
    // Behind one that stays open for long, others must not pile up.
    guard firsts.count > 2 * open.count + 16 else { return }
    firsts = MinHeap(open.map { First(offset: $0.value, producer: $0.key) })
  }

  private mutating func dropLeftovers() {
    while let first = firsts.first, open[first.producer] != first.offset { _ = firsts.pop() }
  }

  /// What rows are behind, in the order of offsets, each once.
  package mutating func takeChanges() -> [TransactionRangeChange] {
    if changes.isEmpty { return [] }
    defer { changes = [:] }
    return changes.values.sorted { $0.firstOffset < $1.firstOffset }
  }
}
