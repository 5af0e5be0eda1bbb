package import ActaModel
import LogStorage

/// Transactions: ids, what partitions remember of them, and positions that are held.
extension ScriptedTables {
  package struct Range: Equatable {
    package let producer: ProducerID
    package let first: Offset
    /// `nil`: it is open.
    package let aborted: AbortedRange?
  }

  package struct Held {
    package let group: String
    package let commit: OffsetCommit
    package let committer: Committer
    /// Ascending.
    package let order: Int
  }

  mutating func write(_ change: TransactionRangeChange, of partition: PartitionID) {
    switch change {
    case .opened(let producer, let first):
      put(Range(producer: producer, first: first, aborted: nil), of: partition)
    case .aborted(let range):
      put(
        Range(producer: range.producerID, first: range.firstOffset, aborted: range), of: partition)
    case .committed(let producer, let first):
      ranges[partition]?.removeAll { $0.producer == producer && $0.first == first }
    }
  }

  private mutating func put(_ range: Range, of partition: PartitionID) {
    var known = ranges[partition] ?? []
    known.removeAll { $0.producer == range.producer && $0.first == range.first }
    known.append(range)
    ranges[partition] = known
  }

  func openSince(_ producer: ProducerID, in partition: PartitionID) -> Offset? {
    ranges[partition]?.first { $0.producer == producer && $0.aborted == nil }?.first
  }

  var openTransactions: [OpenTransaction] {
    ranges.flatMap { partition, ranges in
      ranges.filter { $0.aborted == nil }.map {
        OpenTransaction(partition: partition, producerID: $0.producer, firstOffset: $0.first)
      }
    }
  }

  /// In the order of their markers.
  func aborted(of partition: PartitionID, from start: Offset, below end: Offset) -> [AbortedRange] {
    (ranges[partition] ?? []).compactMap(\.aborted)
      .filter { $0.lastOffset >= start && $0.firstOffset < end }
      .sorted { $0.lastOffset < $1.lastOffset }
  }

  // MARK: Positions

  mutating func hold(
    _ commits: [OffsetCommit], of group: String, by committer: Committer, atMost limit: Int
  ) throws(StoreError) -> Bool {
    guard index(ofGroup: group) != nil else { throw .refused("there is no group \(group)") }
    let before = held
    for commit in commits {
      let order = (held.map(\.order).max() ?? 0) + 1
      dropHeld(commit.partition, of: group) {
        $0.committer.producerID == committer.producerID
      }
      held.append(Held(group: group, commit: commit, committer: committer, order: order))
    }
    if held.count(where: { $0.committer.producerID == committer.producerID }) <= limit {
      return true
    }
    held = before
    return false
  }

  mutating func dropHeld(where isDropped: (Held) -> Bool) { held.removeAll(where: isDropped) }

  mutating func dropHeld(
    _ partition: PartitionID, of group: String, where isDropped: (Held) -> Bool = { _ in true }
  ) {
    dropHeld {
      ExactText($0.group) == ExactText(group) && $0.commit.partition == partition && isDropped($0)
    }
  }

  mutating func release(
    heldFor producer: ProducerID, isCommit: Bool, at now: Int64
  ) throws(StoreError) -> Int {
    let released = held.filter { $0.committer.producerID == producer }
    dropHeld { $0.committer.producerID == producer }
    guard isCommit else { return released.count }
    for held in released where index(ofGroup: held.group) != nil {
      try commit([held.commit], of: held.group, at: now)
      dropHeld(held.commit.partition, of: held.group) { $0.order < held.order }
    }
    return released.count
  }
}

extension ScriptedTurn {
  func write(_ transaction: TransactionRow) throws(StoreError) {
    store.tables.transactions[ExactText(transaction.transactionalID)] = transaction
  }

  func removeTransaction(_ transactionalID: String) throws(StoreError) {
    store.tables.transactions[ExactText(transactionalID)] = nil
  }

  func write(
    _ changes: [TransactionRangeChange], of partition: PartitionID
  ) throws(StoreError) {
    try store.reach(.range)
    for change in changes { store.tables.write(change, of: partition) }
  }

  func forgetAborted(of partition: PartitionID, below offset: Offset) throws(StoreError) {
    store.tables.ranges[partition]?.removeAll { range in
      range.aborted.map { $0.lastOffset < offset } ?? false
    }
  }

  func forgetAborted(of partition: PartitionID, endedAt offset: Offset) throws(StoreError) {
    store.tables.ranges[partition]?.removeAll { $0.aborted?.lastOffset == offset }
  }

  func hold(
    _ commits: [OffsetCommit], of group: String, by committer: Committer, atMost limit: Int
  ) throws(StoreError) -> Bool {
    try store.tables.hold(commits, of: group, by: committer, atMost: limit)
  }

  func heldPartitions(
    of group: String, in partitions: [PartitionID]?
  ) throws(StoreError) -> Set<PartitionID> {
    let held = Set(
      store.tables.held.filter { ExactText($0.group) == ExactText(group) }.map(\.commit.partition))
    return partitions.map { held.intersection($0) } ?? held
  }

  func release(heldFor producer: ProducerID, isCommit: Bool) throws(StoreError) -> Int {
    try store.tables.release(heldFor: producer, isCommit: isCommit, at: now)
  }
}
