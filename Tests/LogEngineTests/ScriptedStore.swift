import ActaModel
import BatchCodec
import LogStorage
import ModelLiterals
import Synchronization

/// A store in memory, without SQLite, that fails where a test says, and remembers what it was asked.
///
/// `@unchecked Sendable`: its tables belong to the engine's threads one at a time, as a store's do;
/// what tests look at stands behind the lock.
final class ScriptedStore: Store, @unchecked Sendable {
  /// Where a failure can be put.
  enum Step: Hashable, Sendable {
    case begin, append, writePartition, commit, sync, relieve
  }

  struct Tables {
    var topics: [Topic] = []
    var partitions: [PartitionID: PartitionRow] = [:]
    var batches: [PartitionID: [[UInt8]]] = [:]
    var producers: [PartitionID: [ProducerID: ProducerRow]] = [:]
    var groups: [String: StoredGroup] = [:]
    var positions: [String: [PartitionID: StoredPosition]] = [:]
    var lastPartition: Int64 = 0
    var nextProducerID: Int64 = 0
  }

  private struct Script {
    var failures: [Step: [StoreError]] = [:]
    var calls: [String] = []
    var changesByOthers = StoreChanges()
  }

  private let script = Mutex(Script())
  var tables = Tables()

  let identity = LogIdentity(clusterID: "scripted", leaderEpoch: 3, location: "nowhere")
  private(set) var syncer: (any StoreSyncer)?
  let readers: (any StoreReaderSource)? = nil

  init(syncs: Bool = true) {
    if syncs { syncer = ScriptedSyncer(store: self) }
  }

  var reader: any StoreReader { ScriptedReader(store: self) }

  // MARK: The script

  /// The next times that `step` is reached, these happen, one each.
  func fail(_ step: Step, with errors: StoreError...) {
    script.withLock { $0.failures[step, default: []] += errors }
  }

  func othersChange(_ changes: StoreChanges) {
    script.withLock { $0.changesByOthers.formUnion(changes) }
  }

  /// What was asked of the store, in order.
  var calls: [String] { script.withLock { $0.calls } }

  func note(_ call: String) { script.withLock { $0.calls.append(call) } }

  func reach(_ step: Step) throws(StoreError) {
    let failure = script.withLock { script -> StoreError? in
      script.calls.append("\(step)")
      guard script.failures[step]?.isEmpty == false else { return nil }
      return script.failures[step]?.removeFirst()
    }
    if let failure { throw failure }
  }

  func takeChangesByOthers() -> StoreChanges {
    script.withLock { script in
      defer { script.changesByOthers = [] }
      return script.changesByOthers
    }
  }

  // MARK: Store

  func begin(at now: Int64) throws(StoreError) -> any StoreTurn {
    try reach(.begin)
    return ScriptedTurn(self)
  }

  func othersHaveWritten() throws(StoreError) -> Bool {
    script.withLock { !$0.changesByOthers.isEmpty }
  }

  func topics() throws(StoreError) -> [Topic] { tables.topics }
  func partitions() throws(StoreError) -> [PartitionRow] {
    note("load")
    return Array(tables.partitions.values)
  }
  func groups() throws(StoreError) -> [StoredGroup] { Array(tables.groups.values) }

  var isPinned: Bool { false }
  func checkpointIfDue(settle: () -> Void) throws(StoreError) {}
  func relieve(settle: () -> Void) throws(StoreError) {
    settle()
    try reach(.relieve)
  }
  var hasSlices: Bool { false }
  func slice() throws(StoreError) {}
  func checkIdentity() throws(StoreError) {}
  func close() throws(StoreError) { note("close") }
}

private final class ScriptedSyncer: StoreSyncer {
  // The store keeps it, and outlives it.
  private unowned let store: ScriptedStore

  init(store: ScriptedStore) { self.store = store }

  func sync() throws(StoreError) { try store.reach(.sync) }
}

private final class ScriptedReader: StoreReader {
  private let store: ScriptedStore

  init(store: ScriptedStore) { self.store = store }

  func batches(
    _ read: PartitionRead, below highWatermark: Offset, allowance: ReadAllowance
  ) throws(ReadFailure) -> [[UInt8]] {
    guard let batches = store.tables.batches[read.partition] else { throw .unknownPartition }
    var allowance = allowance
    var found: [[UInt8]] = []
    for bytes in batches {
      guard let header = BatchHeader(parsing: bytes) else { continue }
      if header.lastOffset < read.offset.value { continue }
      guard header.lastOffset < highWatermark.value, allowance.take(bytes.count) else { break }
      found.append(bytes)
    }
    return found
  }

  func lookUp(
    _ query: TimestampQuery, in partition: PartitionID, below highWatermark: Offset
  ) throws(ReadFailure) -> TimestampedOffset? { nil }

  func endOfEpoch(
    _ epoch: LeaderEpoch, in partition: PartitionID, current: LeaderEpoch
  ) throws(ReadFailure) -> EpochEnd? { nil }
}

/// A turn over copies of the tables: rolled back by putting the copy from before back.
private final class ScriptedTurn: StoreTurn {
  private let store: ScriptedStore
  private let before: ScriptedStore.Tables

  init(_ store: ScriptedStore) {
    self.store = store
    before = store.tables
  }

  func changesByOthers() throws(StoreError) -> StoreChanges { store.takeChangesByOthers() }

  func insert(_ topic: NewTopic) throws(StoreError) {
    store.tables.topics.append(
      Topic(
        id: topic.id, name: topic.name, isInternal: topic.isInternal, partitions: [],
        configs: topic.configs))
  }

  func addPartitions(_ count: Int, to topic: Topic) throws(StoreError) -> [PartitionID] {
    let added = (0..<count).map { _ -> PartitionID in
      store.tables.lastPartition += 1
      return PartitionID(store.tables.lastPartition)
    }
    for id in added {
      store.tables.partitions[id] = PartitionRow(id: id)
      store.tables.batches[id] = []
    }
    store.tables.topics = store.tables.topics.map { known in
      guard known.id == topic.id else { return known }
      return Topic(
        id: known.id, name: known.name, isInternal: known.isInternal,
        partitions: topic.partitions + added, configs: known.configs)
    }
    return added
  }

  func delete(_ topic: Topic) throws(StoreError) {
    store.tables.topics.removeAll { $0.id == topic.id }
    for partition in topic.partitions { store.tables.partitions[partition] = nil }
  }

  func append(_ batch: ProducedBatch, at placement: BatchPlacement) throws(StoreError) {
    try store.reach(.append)
    let bytes = BatchBytes(
      stamping: batch.bytes, baseOffset: placement.baseOffset, leaderEpoch: placement.leaderEpoch)
    store.tables.batches[placement.partition, default: []].append(bytes.contiguous)
  }

  func write(_ partition: PartitionRow) throws(StoreError) {
    try store.reach(.writePartition)
    store.tables.partitions[partition.id] = partition
  }

  func producer(_ id: ProducerID, in partition: PartitionID) throws(StoreError) -> ProducerRow? {
    store.tables.producers[partition]?[id]
  }

  func write(
    _ row: ProducerRow, of producer: ProducerID, in partition: PartitionID
  ) throws(StoreError) {
    store.tables.producers[partition, default: [:]][producer] = row
  }

  func firstBatches(
    of partition: PartitionID, below offset: Offset, limit: Int
  ) throws(StoreError) -> [BatchSummary] { [] }

  func deleteRecords(
    of partition: PartitionID, below offset: Offset, straddling straddled: Offset?
  ) throws(StoreError) -> DeletedRecords {
    DeletedRecords(count: 0, recordCount: 0, sizeBytes: 0)
  }

  func deleteProducers(silentSince time: Int64, limit: Int) throws(StoreError) -> Int { 0 }

  func reserveProducerIDs(_ count: Int64) throws(StoreError) -> Range<ProducerID> {
    let first = store.tables.nextProducerID
    store.tables.nextProducerID += count
    return ProducerID(first)..<ProducerID(first + count)
  }

  func write(_ changes: [GroupChange], events: [GroupEvent]) throws(StoreError) {
    for case .putGroup(let row) in changes {
      store.tables.groups[row.name] = StoredGroup(group: row)
    }
  }

  func commit(
    _ commits: [OffsetCommit], of group: String, by committer: Committer
  ) throws(StoreError) {
    for commit in commits {
      store.tables.positions[group, default: [:]][commit.partition] = StoredPosition(
        partition: commit.partition, offset: commit.offset, leaderEpoch: commit.leaderEpoch,
        metadata: commit.metadata, committedAt: 0, expiresAt: commit.expiresAt)
    }
  }

  func positions(
    of group: String, in partitions: [PartitionID]?
  ) throws(StoreError) -> [StoredPosition] {
    let all = store.tables.positions[group] ?? [:]
    return (partitions ?? Array(all.keys)).compactMap { all[$0] }
  }

  func positions(
    of group: String, after partition: PartitionID?, atMost count: Int
  ) throws(StoreError) -> [StoredPosition] {
    let all = (store.tables.positions[group] ?? [:]).values.sorted { $0.partition < $1.partition }
    let next = all.filter { position in partition.map { position.partition > $0 } ?? true }
    return Array(next.prefix(count))
  }

  func forget(
    _ partitions: [PartitionID], of group: String, by committer: Committer
  ) throws(StoreError) -> [Bool] {
    partitions.map { store.tables.positions[group]?.removeValue(forKey: $0) != nil }
  }

  func forgetPositions(in partitions: [PartitionID]) throws(StoreError) {}
  func stateChanged(of group: String) throws(StoreError) -> Int64? { nil }
  func trimAudit(olderThan time: Int64) throws(StoreError) -> Int { 0 }
  func trimAuditNames() throws(StoreError) -> Int { 0 }

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
