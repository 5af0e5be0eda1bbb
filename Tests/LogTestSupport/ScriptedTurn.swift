import ActaModel
import BatchCodec
import LogStorage

/// A turn over a `ScriptedStore`'s tables: rolled back by putting the copy from before back.
final class ScriptedTurn: StoreTurn {
  let store: ScriptedStore
  let now: Int64
  private let before: ScriptedTables

  init(_ store: ScriptedStore, at now: Int64) {
    self.store = store
    self.now = now
    before = store.tables
  }

  func changesByOthers() throws(StoreError) -> StoreChanges { store.takeChangesByOthers() }

  // MARK: Topics

  func insert(_ topic: NewTopic, staged: StagedTopic?) throws(StoreError) {
    store.tables.topics.append(
      Topic(
        id: topic.id, name: topic.name, isInternal: topic.isInternal,
        partitions: staged?.partitions ?? [], configs: [:]))
  }

  func stage(_ count: Int, after staged: StagedTopic?) throws(StoreError) -> StagedTopic {
    try store.reach(.stage)
    let added = store.tables.newPartitions(count)
    return StagedTopic(key: staged?.key ?? 1, partitions: (staged?.partitions ?? []) + added)
  }

  func discard(_ staged: StagedTopic) throws(StoreError) {
    store.note("discard \(staged.partitions.count)")
    for partition in staged.partitions { store.tables.partitions[partition] = nil }
  }

  func grow(
    _ topic: Topic, to count: Int, atMost limit: Int
  ) throws(StoreError) -> [PartitionID]? {
    try store.reach(.grow)
    return store.tables.grow(topic, to: count, atMost: limit)
  }

  func discardGrowth(of topic: Topic) throws(StoreError) {
    store.note("discard growth")
    store.tables.discardGrowth(of: topic)
  }

  func delete(_ topic: Topic) throws(StoreError) { store.tables.delete(topic) }

  func write(
    _ changes: [ConfigChange], of entity: ConfigEntity, by author: ConfigAuthor
  ) throws(StoreError) {
    store.tables.write(changes, of: entity, by: author)
  }

  // MARK: The log

  func append(_ batch: ProducedBatch, at placement: BatchPlacement) throws(StoreError) {
    try store.reach(.append)
    store.tables.append(batch, at: placement)
  }

  func write(_ partition: PartitionRow) throws(StoreError) {
    try store.reach(.writePartition)
    store.tables.partitions[partition.id] = partition
  }

  func lastAppend(to partition: PartitionID) throws(StoreError) -> Int64? {
    store.tables.batches[partition]?.last?.summary.appendedAt
  }

  func producer(_ id: ProducerID, in partition: PartitionID) throws(StoreError) -> ProducerRow? {
    store.tables.producers[partition]?[id]
  }

  func evidence(
    in partition: PartitionID, from offset: Offset,
    _ body: (Result<ProducerEvidence, StoreError>) throws(StoreError) -> Void
  ) throws(StoreError) -> Int {
    let batches = store.tables.evidence(in: partition, from: offset)
    for case .some(let evidence) in batches { try body(.success(evidence)) }
    return batches.count
  }

  func write(
    _ row: ProducerRow, of producer: ProducerID, in partition: PartitionID
  ) throws(StoreError) {
    store.tables.producers[partition, default: [:]][producer] = row
  }

  func firstBatches(
    of partition: PartitionID, below offset: Offset, limit: Int
  ) throws(StoreError) -> [BatchSummary] {
    let summaries = (store.tables.batches[partition] ?? []).map(\.summary)
    return Array(summaries.prefix { $0.baseOffset < offset }.prefix(limit))
  }

  func noteLosses(
    of partition: PartitionID, from start: Offset, to end: Offset, _ pass: TrimPass
  ) throws(StoreError) {
    store.tables.noteLosses(of: partition, from: start, to: end, pass)
  }

  func deleteRecords(
    of partition: PartitionID, below offset: Offset, straddling straddled: Offset?
  ) throws(StoreError) -> DeletedRecords {
    try store.tables.deleteRecords(of: partition, below: offset)
  }

  func deleteProducers(silentSince time: Int64, limit: Int) throws(StoreError) -> Int {
    var deleted = 0
    for (partition, rows) in store.tables.producers {
      for (id, row) in rows where row.lastTimestamp < time && deleted < limit {
        if store.tables.openSince(id, in: partition) != nil { continue }
        store.tables.producers[partition]?[id] = nil
        deleted += 1
      }
    }
    return deleted
  }

  func reserveProducerIDs(_ count: Int64) throws(StoreError) -> Range<ProducerID> {
    let first = store.tables.nextProducerID
    store.tables.nextProducerID += count
    return ProducerID(first)..<ProducerID(first + count)
  }

  // MARK: Groups

  func write(_ changes: [GroupChange], events: [GroupEvent]) throws(StoreError) {
    for change in changes { try store.tables.apply(change, at: now) }
  }

  func commit(
    _ commits: [OffsetCommit], of group: String, by committer: Committer
  ) throws(StoreError) {
    try store.tables.commit(commits, of: group, at: now)
    for commit in commits { store.tables.dropHeld(commit.partition, of: group) }
  }

  func positions(
    of group: String, in partitions: [PartitionID]?
  ) throws(StoreError) -> [StoredPosition] {
    guard let index = store.tables.index(ofGroup: group) else { return [] }
    let all = store.tables.groups[index].positions
    return (partitions ?? Array(all.keys)).compactMap { all[$0] }
  }

  func positions(
    of group: String, after partition: PartitionID?, atMost count: Int
  ) throws(StoreError) -> [StoredPosition] {
    guard let index = store.tables.index(ofGroup: group) else { return [] }
    let all = store.tables.groups[index].positions.values.sorted { $0.partition < $1.partition }
    let next = all.filter { position in partition.map { position.partition > $0 } ?? true }
    return Array(next.prefix(count))
  }

  func forget(
    _ partitions: [PartitionID], of group: String, by committer: Committer
  ) throws(StoreError) -> [Bool] {
    store.tables.forget(partitions, of: group)
  }

  func stateChanged(of group: String) throws(StoreError) -> Int64? {
    store.tables.index(ofGroup: group).map { store.tables.groups[$0].stateChanged }
  }

  // There is no audit trail to trim.
  func trimAudit(olderThan time: Int64) throws(StoreError) -> Int { 0 }
  func trimAuditNames() throws(StoreError) -> Int { 0 }

  // MARK: Its end

  func attempt(_ body: () throws(StoreError) -> Void) throws(StoreError) -> StoreError? {
    let before = store.tables
    do throws(StoreError) {
      try body()
      return nil
    } catch {
      if error.isFinal { throw error }
      store.tables = before
      return error
    }
  }

  func commit() throws(StoreError) -> Bool {
    try store.reach(.commit)
    return true
  }

  func rollBack() {
    store.note("rollBack")
    store.tables = before
  }
}
