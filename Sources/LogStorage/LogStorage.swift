package import ActaModel
package import BatchCodec

/// The seam between the broker and what keeps its log: topics, append, read, look up, trim; and, in
/// `ResidentStorage`, turns in which coordinators decide.
///
/// Knows no request type of Kafka's and no SQL. Every write is queued, applied in the order of its
/// call and reported once through its completion; a completion runs on a thread of the storage's
/// and must not block. Bounds and catalog are answered from memory.
///
/// The high watermark is the synced position: what lies below it survives a loss of power, and
/// readers are given nothing above it.
package protocol LogStorage: ResidentStorage {
  var identity: LogIdentity { get }
  /// Beyond them topics are neither made nor grown.
  var topicLimits: TopicLimits { get }

  /// Every topic, as of now.
  func catalog() -> Catalog
  /// What is set on brokers and groups, as of now: synced, and so in force.
  func configOverrides() -> ConfigOverrides
  /// Calls `observer` after every change of them, whoever made it, once it is synced and before the answer
  /// to whoever asked for it leaves. One observer; it must not block.
  func observeConfigs(_ observer: @escaping @Sendable (ConfigOverrides) -> Void)
  /// `nil` when there is no such partition.
  func bounds(of partition: PartitionID) -> LogBounds?
  /// Bytes that wait to be written. Callers stop reading from sockets when it grows beyond their
  /// liking; the storage itself refuses with `overloaded` only at a multiple of it.
  var queuedBytes: Int { get }

  // MARK: Writing

  /// Appends the batches in order, each all or nothing and independent of the others, in one
  /// transaction (shared with whatever else waits). One outcome per batch, in order.
  func append(
    _ batches: [PartitionAppend], acknowledge: AcknowledgePoint,
    completion: @escaping @Sendable ([Result<AppendOutcome, StorageError>]) -> Void)

  /// Creates topics, each independent of the others. Names are taken to be legal.
  func createTopics(
    _ topics: [NewTopic],
    completion: @escaping @Sendable ([Result<Topic, StorageError>]) -> Void)

  /// Deletes topics: gone from the catalog at completion, with what is set on them, their pages freed
  /// later in slices.
  func deleteTopics(
    _ topics: [TopicID], by author: ConfigAuthor,
    completion: @escaping @Sendable ([Result<Topic, StorageError>]) -> Void)

  /// Grows a topic to `count` partitions.
  func createPartitions(
    of topic: TopicID, count: Int,
    completion: @escaping @Sendable (Result<Topic, StorageError>) -> Void)

  /// Moves log start offsets forward and deletes the records below.
  /// An offset at or below the log start changes nothing and succeeds. The result is the log start
  /// offset after it. What groups lose by it is put down to `author`.
  func deleteRecords(
    _ targets: [RecordDeletion], by author: TrimAuthor,
    completion: @escaping @Sendable ([Result<Offset, StorageError>]) -> Void)

  /// Deletes whole batches from the log's start that the policy no longer keeps. The result is the
  /// number of records deleted.
  func applyRetention(
    _ policy: RetentionPolicy, to partition: PartitionID,
    completion: @escaping @Sendable (Result<Int, StorageError>) -> Void)

  /// Compacts those of the partitions that are due for it, one after the other, and deletes tombstones
  /// whose time has come. One result each, in order; a pass that was cut short is gone on with by the
  /// next one, and nothing is lost by it.
  ///
  /// - Parameter now: Epoch milliseconds, from a clock that is trusted.
  func compact(
    _ targets: [CompactionTarget], at now: Int64,
    completion: @escaping @Sendable ([Result<CompactionOutcome, StorageError>]) -> Void)

  /// Forgets what is known of compacted partitions that are not among these: their records stay as they
  /// are.
  func forgetCompaction(
    except partitions: Set<PartitionID>,
    completion: @escaping @Sendable (Result<Void, StorageError>) -> Void)

  /// A producer id that was never given before and never will be again.
  func allocateProducerID(
    completion: @escaping @Sendable (Result<ProducerID, StorageError>) -> Void)

  // MARK: Reading

  /// Calls back once everything can be seen that is committed to these partitions by now, acknowledged
  /// to somebody or not: on the calling thread if it can be seen already, else on a thread of the
  /// storage's, after the sync that it takes. Who asks where a log ends asks this first, and then for the
  /// bounds; the other questions below, and `deleteRecords`, wait by themselves.
  func whenVisible(
    _ partitions: [PartitionID],
    completion: @escaping @Sendable (Result<Void, StorageError>) -> Void)

  /// Reads whole batches from each position, in request order, never above the high watermark, or the last
  /// stable offset for who asks for that, as far as memory has them. The first batch of all comes whole however large it is; after that each read
  /// gets at most the smaller of its own limit and what is left of `maxBytes`.
  func readFromMemory(_ reads: [PartitionRead], maxBytes: Int) -> MemoryRead

  /// Completes it from the tables, and from memory again where that has what follows. The completion runs on a
  /// reader thread.
  func readFromTables(
    _ part: PartialRead,
    completion: @escaping @Sendable ([Result<ReadOutcome, StorageError>]) -> Void)

  /// Looks an offset up by time, of those that the isolation gives. The completion runs on a reader thread.
  func lookUp(
    _ query: TimestampQuery, in partition: PartitionID, isolation: IsolationLevel,
    completion: @escaping @Sendable (Result<TimestampedOffset?, StorageError>) -> Void)

  /// Where `epoch` ends in this partition (KafkaWire/PROTOCOL.md §8, OffsetForLeaderEpoch): the
  /// largest known epoch not above it, and the start offset of the next higher one, or the log end.
  func endOfEpoch(
    _ epoch: LeaderEpoch, in partition: PartitionID,
    completion: @escaping @Sendable (Result<EpochEnd?, StorageError>) -> Void)

  /// The idempotent producers that the partition remembers, by id, the first `count` of them. The
  /// completion runs on a reader thread.
  func producers(
    of partition: PartitionID, atMost count: Int,
    completion: @escaping @Sendable (Result<[ActiveProducer], StorageError>) -> Void)

  /// Bytes that each partition's batches hold; partitions that do not exist are left out.
  func sizes(
    of partitions: [PartitionID],
    completion: @escaping @Sendable (Result<[PartitionID: Int64], StorageError>) -> Void)

  /// Calls `observer` after every advance of a high watermark or a last stable offset, with the partitions
  /// concerned, and with the partitions of a topic when it is deleted. One observer; set before the first append.
  ///
  /// - Parameter isAwaited: Whether an advance of one of these would be of use to somebody now. What is
  ///   committed and awaited by nobody is synced a moment later, with what follows. Who begins to wait while a
  ///   partition has more than can be seen says so by `hastenSync`.
  func observeAdvances(
    awaited isAwaited: @escaping @Sendable ([PartitionID]) -> Bool,
    _ observer: @escaping @Sendable ([PartitionID]) -> Void)

  /// Somebody waits to see what is committed by now: its sync is begun, if it was put off.
  func hastenSync()

  /// Calls `observer` once if the storage stops by itself (an I/O error, corruption).
  func observeFailure(_ observer: @escaping @Sendable (StorageError) -> Void)

  /// Refuses new writes, applies what waits, and closes. Returns when all is on disk.
  func close()
}

extension LogStorage {
  /// As nobody in particular.
  package func deleteTopics(
    _ topics: [TopicID],
    completion: @escaping @Sendable ([Result<Topic, StorageError>]) -> Void
  ) {
    deleteTopics(topics, by: ConfigAuthor(.topicDeletion), completion: completion)
  }

  /// Reads from memory, or else from the tables. The completion runs on the calling thread before this
  /// returns, or on a reader thread.
  package func read(
    _ reads: [PartitionRead], maxBytes: Int,
    completion: @escaping @Sendable ([Result<ReadOutcome, StorageError>]) -> Void
  ) {
    switch readFromMemory(reads, maxBytes: maxBytes) {
    case .whole(let results): completion(results)
    case .part(let part): readFromTables(part, completion: completion)
    }
  }
}

/// Who this log is.
package struct LogIdentity: Sendable, Equatable {
  /// 22 characters of URL-safe base64, made with the database.
  package let clusterID: String
  /// Raised durably by every start.
  package let leaderEpoch: LeaderEpoch
  /// Where the data is, for people: a path, or `:memory:`.
  package let location: String

  package init(clusterID: String, leaderEpoch: LeaderEpoch, location: String) {
    self.clusterID = clusterID
    self.leaderEpoch = leaderEpoch
    self.location = location
  }
}

/// When an append is reported (LogEngine/DURABILITY.md §2.3).
package enum AcknowledgePoint: Sendable {
  /// After COMMIT: survives a crash of the process.
  case committed
  /// After the log was synced and the high watermark moved: survives a loss of power.
  case synced
}

package struct PartitionAppend: Sendable {
  package let partition: PartitionID
  package let batch: ProducedBatch
  /// In whose transaction it is sent.
  package let transaction: TransactionalClaim?

  package init(
    partition: PartitionID, batch: ProducedBatch, transaction: TransactionalClaim? = nil
  ) {
    self.partition = partition
    self.batch = batch
    self.transaction = transaction
  }
}

package struct AppendOutcome: Sendable, Equatable {
  /// Offset of the batch's first record; for a duplicate the one it was first given.
  package let baseOffset: Offset
  package let logStartOffset: Offset
  /// The batch had been appended before (idempotence); nothing was written now.
  package let isDuplicate: Bool
  /// The time that its records have, epoch milliseconds, where that is the log's to give (LogAppendTime);
  /// for a duplicate the one it was first given.
  package let logAppendTime: Int64?

  package init(
    baseOffset: Offset, logStartOffset: Offset, isDuplicate: Bool, logAppendTime: Int64? = nil
  ) {
    self.baseOffset = baseOffset
    self.logStartOffset = logStartOffset
    self.isDuplicate = isDuplicate
    self.logAppendTime = logAppendTime
  }
}

package struct RecordDeletion: Sendable {
  package let partition: PartitionID
  /// `nil` means the high watermark.
  package let beforeOffset: Offset?

  package init(partition: PartitionID, beforeOffset: Offset?) {
    self.partition = partition
    self.beforeOffset = beforeOffset
  }
}

package struct PartitionRead: Sendable {
  package let partition: PartitionID
  package let offset: Offset
  package let maxBytes: Int
  package let isolation: IsolationLevel

  package init(
    partition: PartitionID, offset: Offset, maxBytes: Int,
    isolation: IsolationLevel = .readUncommitted
  ) {
    self.partition = partition
    self.offset = offset
    self.maxBytes = maxBytes
    self.isolation = isolation
  }
}

package struct ReadOutcome: Sendable {
  /// As they were when the read was made.
  package let bounds: LogBounds
  /// Whole batches, stamped, one after another; the first may begin below the offset asked for.
  package let batches: [BatchBytes]
  /// Aborted transactions that reach into what was read, in the order in which they began; none unless
  /// `readCommitted` was asked for.
  package let aborted: [AbortedTransaction]

  package init(bounds: LogBounds, batches: [BatchBytes], aborted: [AbortedTransaction] = []) {
    self.bounds = bounds
    self.batches = batches
    self.aborted = aborted
  }
}

package enum TimestampQuery: Sendable, Equatable {
  /// The first record, by offset, whose timestamp is at least this (epoch milliseconds).
  case atOrAfter(Int64)
  /// The first record that has the largest timestamp.
  case maximum
}

package struct TimestampedOffset: Sendable, Equatable {
  package let offset: Offset
  package let timestamp: Int64
  package let leaderEpoch: LeaderEpoch

  package init(offset: Offset, timestamp: Int64, leaderEpoch: LeaderEpoch) {
    self.offset = offset
    self.timestamp = timestamp
    self.leaderEpoch = leaderEpoch
  }
}

package struct EpochEnd: Sendable, Equatable {
  package let epoch: LeaderEpoch
  package let endOffset: Offset

  package init(epoch: LeaderEpoch, endOffset: Offset) {
    self.epoch = epoch
    self.endOffset = endOffset
  }
}
