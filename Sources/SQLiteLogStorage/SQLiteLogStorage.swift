import ActaModel
import BatchCodec
import LogStorage
import Synchronization
import Threads

/// The log storage on SQLite: one writer thread with group commit, a pool of reader threads with
/// their own snapshots, and a cache of the log's tail.
///
/// It is responsible for the durability ladder (COMMIT, then the synced write-ahead log, then the
/// high watermark), for exactly-once appends of idempotent producers, and for a file that any stock
/// SQLite can read. It knows no request of Kafka's, and it alone knows SQL.
///
/// A completion must not call `close`, and must not block: it runs on the thread that commits,
/// syncs or reads.
package final class SQLiteLogStorage: LogStorage {
  package let identity: LogIdentity

  private let shared: SharedParts
  private let reads: ReadExecutor
  private let threads: [WorkerThread]
  private let lock: Mutex<DatabaseLock?>
  private let isClosed = Mutex(false)

  init(
    identity: LogIdentity, shared: SharedParts, reads: ReadExecutor, threads: [WorkerThread],
    lock: DatabaseLock?
  ) {
    self.identity = identity
    self.shared = shared
    self.reads = reads
    self.threads = threads
    self.lock = Mutex(lock)
  }

  deinit { close() }

  package func close() {
    let isFirst = isClosed.withLock { isClosed in
      defer { isClosed = true }
      return !isClosed
    }
    guard isFirst else { return }
    shared.queue.close()
    // Readers first: a snapshot of theirs would keep the log from being emptied at the end.
    reads.close()
    for thread in threads where !thread.isCurrent { thread.join() }
    lock.withLock { $0 = nil }
  }

  package func catalog() -> Catalog { shared.view.catalog }

  package func bounds(of partition: PartitionID) -> LogBounds? {
    shared.view.bounds(of: partition)
  }

  package var queuedBytes: Int { shared.queue.queuedBytes }

  /// Bytes of recent batches in memory.
  package var cachedBytes: Int { shared.view.cachedBytes }

  package func observeAdvances(_ observer: @escaping @Sendable ([PartitionID]) -> Void) {
    shared.durability.observe(observer)
  }

  package func observeFailure(_ observer: @escaping @Sendable (StorageError) -> Void) {
    shared.latch.observe(observer)
  }

  // MARK: Reading

  package func read(
    _ reads: [PartitionRead], maxBytes: Int,
    completion: @escaping @Sendable ([Result<ReadOutcome, StorageError>]) -> Void
  ) {
    let view = shared.view
    if let results = view.attemptAll(reads, maxBytes: maxBytes) { return completion(results) }
    let isAccepted = self.reads.submit { reader in
      completion(view.readAll(reads, maxBytes: maxBytes, cold: reader))
    }
    if !isAccepted { completion(reads.map { _ in .failure(.closed) }) }
  }

  package func readFromMemory(
    _ reads: [PartitionRead], maxBytes: Int
  ) -> [Result<ReadOutcome, StorageError>]? {
    shared.view.attemptAll(reads, maxBytes: maxBytes)
  }

  package func lookUp(
    _ query: TimestampQuery, in partition: PartitionID,
    completion: @escaping @Sendable (Result<TimestampedOffset?, StorageError>) -> Void
  ) {
    let view = shared.view
    look(at: partition, completion) { reader throws(ColdError) in
      guard let bounds = view.bounds(of: partition) else { throw .unknownPartition }
      return try reader.lookUp(query, in: partition, below: bounds.highWatermark)
    }
  }

  package func endOfEpoch(
    _ epoch: Int32, in partition: PartitionID,
    completion: @escaping @Sendable (Result<EpochEnd?, StorageError>) -> Void
  ) {
    let current = identity.leaderEpoch
    look(at: partition, completion) { reader throws(ColdError) in
      try reader.endOfEpoch(epoch, in: partition, current: current)
    }
  }

  package func sizes(
    of partitions: [PartitionID],
    completion: @escaping @Sendable (Result<[PartitionID: Int64], StorageError>) -> Void
  ) {
    let view = shared.view
    let isAccepted = reads.submit { _ in
      var sizes: [PartitionID: Int64] = [:]
      for partition in partitions { sizes[partition] = view.size(of: partition) }
      completion(.success(sizes))
    }
    if !isAccepted { completion(.failure(.closed)) }
  }

  private func look<R: Sendable>(
    at partition: PartitionID, _ completion: @escaping @Sendable (Result<R, StorageError>) -> Void,
    _ body: @escaping @Sendable (ColdReader) throws(ColdError) -> R
  ) {
    let isAccepted = reads.submit { reader in
      do throws(ColdError) {
        let reader = try reader.orThrow()
        completion(
          .success(try reader.inSnapshot { () throws(ColdError) in try body(reader) }))
      } catch {
        completion(.failure(error.storageError(partition: partition, offset: 0)))
      }
    }
    if !isAccepted { completion(.failure(.closed)) }
  }

  // MARK: Writing

  func enqueue(_ request: WriteRequest) { shared.queue.enqueue(request) }
  var queue: WriteQueue { shared.queue }
}
