package import ActaModel
import BatchCodec
import LogStorage

/// Compaction.
extension ScriptedTables {
  package struct Compaction: Equatable {
    package var state: CompactionState
    /// By hash and offset.
    package var keys: [CompactionKey] = []
  }

  mutating func rewrite(
    _ rewrites: [BatchRewrite], of partition: PartitionID
  ) throws(StoreError) -> RewrittenBatches {
    var outcome = RewrittenBatches()
    for rewrite in rewrites {
      guard
        let index = batches[partition]?.firstIndex(where: {
          $0.summary.baseOffset == rewrite.baseOffset
        }), let batch = batches[partition]?[index],
        batch.summary.recordCount == Int64(rewrite.recordCount),
        let whole = BatchRest(of: batch.bytes, without: { _ in false }),
        whole.recordsCRC == rewrite.recordsCRC
      else { return outcome }
      if rewrite.isMarker {
        batches[partition]?.remove(at: index)
        outcome.sizeBytes += batch.summary.sizeBytes
        outcome.count += 1
        continue
      }
      let rest = try batch.keeping { offset in
        !rewrite.removed.contains { $0.contains(Offset(offset)) }
      }
      guard rest.summary.recordCount == Int64(rewrite.restCount) else {
        throw .refused("\(rest.summary.recordCount) records are left, not \(rewrite.restCount)")
      }
      if rewrite.isEmpty, !rewrite.staysEmpty {
        batches[partition]?.remove(at: index)
        outcome.sizeBytes += batch.summary.sizeBytes
      } else {
        batches[partition]?[index] = rest
        outcome.sizeBytes += batch.summary.sizeBytes - rest.summary.sizeBytes
      }
      outcome.recordCount += Int64(rewrite.removedCount)
      outcome.count += 1
    }
    return outcome
  }

  mutating func changeKeys(
    of partition: PartitionID, removing: [CompactionKey], adding: [CompactionKey]
  ) -> Int64 {
    var keys = compactions[partition]?.keys ?? []
    let before = keys.count
    keys.removeAll { key in
      removing.contains { $0.hash == key.hash && $0.offset == key.offset }
    }
    for key in adding
    where !keys.contains(where: { $0.hash == key.hash && $0.offset == key.offset }) {
      keys.append(key)
    }
    keys.sort { ($0.hash, $0.offset) < ($1.hash, $1.offset) }
    compactions[
      partition, default: Compaction(state: CompactionState(firstDirtyOffset: .zero))
    ].keys = keys
    return Int64(keys.count - before)
  }
}

extension ScriptedTurn {
  func rewrite(
    _ batches: [BatchRewrite], of partition: PartitionID
  ) throws(StoreError) -> RewrittenBatches {
    try store.reach(.rewrite)
    return try store.tables.rewrite(batches, of: partition)
  }

  func changeCompactionKeys(
    of partition: PartitionID, removing: [CompactionKey], adding: [CompactionKey]
  ) throws(StoreError) -> Int64 {
    try store.reach(.index)
    return store.tables.changeKeys(of: partition, removing: removing, adding: adding)
  }

  func write(_ state: CompactionState, of partition: PartitionID) throws(StoreError) {
    store.tables.compactions[partition, default: ScriptedTables.Compaction(state: state)].state =
      state
  }

  func forgetCompaction(of partition: PartitionID, limit: Int) throws(StoreError) -> Bool {
    guard let keys = store.tables.compactions[partition]?.keys, !keys.isEmpty else {
      store.tables.compactions[partition] = nil
      return false
    }
    store.tables.compactions[partition]?.state.firstDirtyOffset = .zero
    store.tables.compactions[partition]?.keys.removeFirst(min(limit, keys.count))
    return true
  }
}

extension ScriptedReader {
  func summaries(
    of partition: PartitionID, from offset: Offset, below end: Offset, limit: Int
  ) throws(ReadFailure) -> [BatchSummary] {
    let found = (store.tables.batches[partition] ?? []).map(\.summary)
      .filter { $0.lastOffset >= offset && $0.lastOffset < end }
    return Array(found.prefix(limit))
  }

  func compactionState(of partition: PartitionID) throws(ReadFailure) -> CompactionState? {
    store.tables.compactions[partition]?.state
  }

  private func keys(of partition: PartitionID) -> [CompactionKey] {
    store.tables.compactions[partition]?.keys ?? []
  }

  func compactionKeys(
    of partition: PartitionID, hashes: [Int64]
  ) throws(ReadFailure) -> [CompactionKey] {
    let wanted = Set(hashes)
    return keys(of: partition).filter { wanted.contains($0.hash) }
  }

  func compactionKeys(
    of partition: PartitionID, after key: CompactionKey?, limit: Int
  ) throws(ReadFailure) -> [CompactionKey] {
    let next = keys(of: partition).filter { other in
      key.map { (other.hash, other.offset) > ($0.hash, $0.offset) } ?? true
    }
    return Array(next.prefix(limit))
  }

  func dueTombstones(
    of partition: PartitionID, at time: Int64, limit: Int
  ) throws(ReadFailure) -> [CompactionKey] {
    let due = keys(of: partition).filter { key in key.deleteAt.map { $0 <= time } ?? false }
    return Array(due.sorted { ($0.deleteAt ?? 0) < ($1.deleteAt ?? 0) }.prefix(limit))
  }

  func nextTombstone(of partition: PartitionID) throws(ReadFailure) -> Int64? {
    keys(of: partition).compactMap(\.deleteAt).min()
  }

  func compactedPartitions() throws(ReadFailure) -> [PartitionID] {
    store.tables.compactions.keys.sorted()
  }
}
