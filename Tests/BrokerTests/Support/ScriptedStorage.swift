import ActaModel
import BatchCodec
import LogStorage
import ModelLiterals
import Synchronization

/// A storage with groups only, whose transactions and syncs happen when a test says so: what is
/// asked of it waits for `commit`, `commitWithoutSync` or `fail`.
final class ScriptedStorage: LogStorage {
  private struct Request {
    let work: @Sendable (any LogTurn) throws -> @Sendable () -> Void
    let refuse: @Sendable (StorageError) -> Void
  }

  private struct State {
    var resident: (any LogResident)?
    var queue: [Request] = []
    var unsynced: [@Sendable () -> Void] = []
  }

  private let state = Mutex(State())

  var queuedCount: Int { state.withLock { $0.queue.count } }

  func attach(_ resident: any LogResident) {
    state.withLock { $0.resident = resident }
    resident.reload(ResidentTables(), because: .start)
  }

  func turn(
    _ work: @escaping @Sendable (any LogTurn) throws -> @Sendable () -> Void,
    refuse: @escaping @Sendable (StorageError) -> Void
  ) {
    state.withLock { $0.queue.append(Request(work: work, refuse: refuse)) }
  }

  // MARK: The script

  /// One transaction of all that waits.
  func commit() throws {
    try commitWithoutSync()
    sync()
  }

  func commitWithoutSync() throws {
    let reports = try takeQueue().map { try $0.work(NoTables()) }
    state.withLock { $0.unsynced += reports }
  }

  func sync() {
    let reports = state.withLock { state in
      defer { state.unsynced = [] }
      return state.unsynced
    }
    for report in reports { report() }
  }

  /// One transaction of all that waits, which is rolled back: the tables hold `groups`. Then each
  /// request has one of its own, and `isRefused` says which of them fail even so, by their order.
  func fail(
    leaving groups: [StoredGroup] = [], refusing isRefused: (Int) -> Bool = { _ in false }
  ) throws {
    let requests = takeQueue()
    for request in requests { _ = try request.work(NoTables()) }
    let resident = state.withLock { $0.resident }
    resident?.reload(ResidentTables(groups: groups), because: .rollback)
    for (index, request) in requests.enumerated() {
      if isRefused(index) {
        request.refuse(.failed("as the test would have it"))
      } else {
        let report = try request.work(NoTables())
        state.withLock { $0.unsynced.append(report) }
      }
    }
    sync()
  }

  private func takeQueue() -> [Request] {
    state.withLock { state in
      defer { state.queue = [] }
      return state.queue
    }
  }

  /// Takes everything, keeps nothing.
  private struct NoTables: LogTurn {
    var now: Int64 { ManualWallClock.start }
    var objectionToMore: StorageError? { nil }
    var catalog: Catalog { Catalog([]) }
    func overrides(of entity: ConfigEntity) -> [String: String]? { [:] }
    func configure(
      _ entity: ConfigEntity, as overrides: [String: String], by author: ConfigAuthor
    ) -> Result<Void, StorageError> { .success(()) }
    func attempt<R>(_ body: () throws -> R) -> Result<R, any Error> { Result { try body() } }
    func applicationSQL(until deadline: Int64) -> (any ApplicationSQL)? { nil }
    func append(
      _ batch: ProducedBatch, to partition: PartitionID
    ) -> Result<AppendOutcome, StorageError> { .failure(.unknownPartition(partition)) }
    func write(_ changes: [GroupChange], events: [GroupEvent]) {}
    func commit(
      _ commits: [OffsetCommit], of group: String, by committer: Committer
    ) -> [Result<Void, StorageError>] { commits.map { _ in .success(()) } }
    func committedOffsets(
      of group: String, in partitions: [PartitionID]?
    ) -> [PartitionID: CommittedOffset] { [:] }
    func committedOffsets(
      of group: String, after partition: PartitionID?, atMost count: Int
    ) -> [CommittedOffset] { [] }
    func deleteOffsets(
      of group: String, in partitions: [PartitionID], by committer: Committer
    ) -> [Bool] { partitions.map { _ in false } }
    func clientQuotas() -> [ClientQuota] { [] }
    func write(_ changes: [ClientQuotaChange]) -> Result<Void, StorageError> { .success(()) }
    func expireOffsets(
      of group: String, by rule: OffsetExpiry, retentionMilliseconds: Int64
    ) -> Int { 0 }
    func allocateProducerID() -> ProducerID { ProducerID(0) }
    func write(_ transaction: TransactionRow) {}
    func removeTransaction(_ transactionalID: String) {}
    func end(_ end: TransactionEnd) {}
    func appendMarker(
      _ marker: ProducerClaim, isCommit: Bool, coordinatorEpoch: Int32, to partition: PartitionID
    ) -> Result<AppendOutcome, StorageError> { .failure(.unknownPartition(partition)) }
    func hold(
      _ commits: [OffsetCommit], of group: String, by committer: Committer
    ) -> [Result<Void, StorageError>] { commits.map { _ in .success(()) } }
    func heldPartitions(of group: String, in partitions: [PartitionID]?) -> Set<PartitionID> { [] }
  }

  // MARK: There is no log

  let identity = LogIdentity(clusterID: "scripted", leaderEpoch: 1, location: "nowhere")
  private let topics = Catalog([])
  var topicLimits: TopicLimits { TopicLimits(topics: 10_000, partitions: 20_000) }
  func catalog() -> Catalog { topics }
  func configOverrides() -> ConfigOverrides { ConfigOverrides() }
  func observeConfigs(_ observer: @escaping @Sendable (ConfigOverrides) -> Void) {}
  func bounds(of partition: PartitionID) -> LogBounds? { nil }
  var queuedBytes: Int { 0 }

  func append(
    _ batches: [PartitionAppend], acknowledge: AcknowledgePoint,
    completion: @escaping @Sendable ([Result<AppendOutcome, StorageError>]) -> Void
  ) { completion(batches.map { .failure(.unknownPartition($0.partition)) }) }

  func createTopics(
    _ topics: [NewTopic], completion: @escaping @Sendable ([Result<Topic, StorageError>]) -> Void
  ) { completion(topics.map { _ in .failure(.closed) }) }

  func deleteTopics(
    _ topics: [TopicID], by author: ConfigAuthor,
    completion: @escaping @Sendable ([Result<Topic, StorageError>]) -> Void
  ) { completion(topics.map { _ in .failure(.unknownTopic) }) }

  func createPartitions(
    of topic: TopicID, count: Int,
    completion: @escaping @Sendable (Result<Topic, StorageError>) -> Void
  ) { completion(.failure(.unknownTopic)) }

  func deleteRecords(
    _ targets: [RecordDeletion], by author: TrimAuthor,
    completion: @escaping @Sendable ([Result<Offset, StorageError>]) -> Void
  ) { completion(targets.map { .failure(.unknownPartition($0.partition)) }) }

  func applyRetention(
    _ policy: RetentionPolicy, to partition: PartitionID,
    completion: @escaping @Sendable (Result<Int, StorageError>) -> Void
  ) { completion(.failure(.unknownPartition(partition))) }

  func compact(
    _ targets: [CompactionTarget], at now: Int64,
    completion: @escaping @Sendable ([Result<CompactionOutcome, StorageError>]) -> Void
  ) { completion(targets.map { _ in .failure(.closed) }) }
  func forgetCompaction(
    except partitions: Set<PartitionID>,
    completion: @escaping @Sendable (Result<Void, StorageError>) -> Void
  ) { completion(.failure(.closed)) }
  func allocateProducerID(
    completion: @escaping @Sendable (Result<ProducerID, StorageError>) -> Void
  ) {
    completion(.failure(.closed))
  }

  func readFromTables(
    _ part: PartialRead,
    completion: @escaping @Sendable ([Result<ReadOutcome, StorageError>]) -> Void
  ) { completion(part.memory) }

  func readFromMemory(_ reads: [PartitionRead], maxBytes: Int) -> MemoryRead {
    .whole(reads.map { .failure(.unknownPartition($0.partition)) })
  }

  func whenVisible(
    _ partitions: [PartitionID],
    completion: @escaping @Sendable (Result<Void, StorageError>) -> Void
  ) { completion(.success(())) }

  func lookUp(
    _ query: TimestampQuery, in partition: PartitionID, isolation: IsolationLevel,
    completion: @escaping @Sendable (Result<TimestampedOffset?, StorageError>) -> Void
  ) { completion(.failure(.unknownPartition(partition))) }

  func endOfEpoch(
    _ epoch: LeaderEpoch, in partition: PartitionID,
    completion: @escaping @Sendable (Result<EpochEnd?, StorageError>) -> Void
  ) { completion(.failure(.unknownPartition(partition))) }

  func producers(
    of partition: PartitionID, atMost count: Int,
    completion: @escaping @Sendable (Result<[ActiveProducer], StorageError>) -> Void
  ) { completion(.failure(.unknownPartition(partition))) }

  func sizes(
    of partitions: [PartitionID],
    completion: @escaping @Sendable (Result<[PartitionID: Int64], StorageError>) -> Void
  ) { completion(.success([:])) }

  func trimAudit(
    olderThan time: Int64, completion: @escaping @Sendable (Result<Int, StorageError>) -> Void
  ) { completion(.success(0)) }

  func observeAdvances(
    awaited isAwaited: @escaping @Sendable ([PartitionID]) -> Bool,
    _ observer: @escaping @Sendable ([PartitionID]) -> Void
  ) {}

  func hastenSync() {}
  func observeFailure(_ observer: @escaping @Sendable (StorageError) -> Void) {}
  func close() {}
}
