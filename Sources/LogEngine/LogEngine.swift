package import ActaModel
package import LogStorage
import Synchronization
import Threads

/// The log on any `Store`: one writer thread with group commit, a thread that syncs, a pool of readers
/// with their own snapshots, and a cache of batches.
///
/// It is responsible for the durability ladder (commit, then sync, then the high watermark), for
/// exactly-once appends of idempotent producers, and for the order in which everybody is told. It knows
/// no request of Kafka's and no SQL.
///
/// A completion must not call `close`, and must not block: it runs on the thread that commits, syncs or
/// reads, which may be the caller's, before the call returns.
package final class LogEngine: LogStorage {
  package let identity: LogIdentity
  package let topicLimits: TopicLimits

  let shared: SharedParts
  let reads: ReadExecutor
  let ahead: ReadAhead
  let compactor: Compactor
  let producerExpiration: @Sendable () -> Int64
  let loan: WriterLoan
  private let threads: [WorkerThread]
  private let isClosed = Mutex(false)

  /// Takes the log up where the store says it is. The store must not be touched by its maker
  /// afterwards: it moves to the writer's thread.
  package init(_ store: sending any Store, options: EngineOptions) throws(StoreError) {
    let syncer = store.syncer
    let readers = store.readers
    identity = store.identity
    topicLimits = options.topicLimits
    producerExpiration = options.producerExpiration
    shared = SharedParts(options, syncs: syncer != nil)
    let writer = try LogWriter(store, options: options, shared: shared)
    reads =
      readers.map { .pool(ReaderPool($0, count: options.readerCount)) } ?? .writer(shared.queue)
    ahead = ReadAhead(view: shared.view, pool: reads.pool)
    compactor = Compactor(reads: reads, shared: shared, options: options)
    loan = WriterLoan(writer)
    threads = Self.start(writer, loan, syncer, shared, options)
  }

  private static func start(
    _ writer: LogWriter, _ loan: WriterLoan, _ store: (any StoreSyncer)?, _ shared: SharedParts,
    _ options: EngineOptions
  ) -> [WorkerThread] {
    // The writer moves to its thread here; nothing else keeps a reference but the loan.
    var threads = [
      WorkerThread(name: "acta-write") {
        writer.run()
        loan.end()
      }
    ]
    if let store, let syncer = shared.syncer {
      threads.append(
        WorkerThread(name: "acta-sync") {
          syncer.run(store) { error in
            let failure = StorageError.failed(error.description)
            shared.failStop(failure, log: options.log)
            return failure
          }
        })
    }
    return threads
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
    compactor.close()
    for thread in threads where !thread.isCurrent { thread.join() }
  }

  package func catalog() -> Catalog { shared.view.catalog }

  package func configOverrides() -> ConfigOverrides { shared.configs.overrides }

  package func observeConfigs(_ observer: @escaping @Sendable (ConfigOverrides) -> Void) {
    shared.configs.observe(observer)
  }

  package func bounds(of partition: PartitionID) -> LogBounds? {
    shared.view.bounds(of: partition)
  }

  package var queuedBytes: Int { shared.queue.queuedBytes }

  /// Bytes of memory that batches take.
  package var cachedBytes: Int { shared.view.cachedBytes }

  /// Bytes of memory that they may take.
  package var cacheCapacity: Int { shared.view.cacheCapacity }

  /// Changes how much they may take; what is more goes before this returns.
  package func limitCache(to bytes: Int) { shared.view.limitCache(to: bytes) }

  package func observeAdvances(
    awaited isAwaited: @escaping @Sendable ([PartitionID]) -> Bool,
    _ observer: @escaping @Sendable ([PartitionID]) -> Void
  ) {
    shared.durability.observe(awaited: isAwaited, observer)
  }

  package func observeFailure(_ observer: @escaping @Sendable (StorageError) -> Void) {
    shared.latch.observe(observer)
  }
}
