import ActaModel
import Counters
import LogStorage

/// What the engine counts: reads that memory answered and those that it did not, by partition; and
/// what may be asked of queue and cache; what the store
/// takes, as of a moment ago.
struct EngineCounters: Sendable {
  let hits: Counter
  let misses: Counter
  private let evictions: Counter
  private let liveBytes: Counter
  private let fileBytes: Counter
  private let freeBytes: Counter
  private let logBytes: Counter
  private let all: CounterRegistry

  init(_ counters: CounterRegistry) {
    all = counters
    hits = counters.total(CounterName("acta_cache_hits_total"))
    misses = counters.total(CounterName("acta_cache_misses_total"))
    evictions = counters.total(CounterName("acta_cache_evictions_total"))
    liveBytes = counters.level(CounterName("acta_storage_live_bytes"))
    fileBytes = counters.level(CounterName("acta_storage_file_bytes"))
    freeBytes = counters.level(CounterName("acta_storage_free_bytes"))
    logBytes = counters.level(CounterName("acta_storage_log_bytes"))
  }

  func watch(_ queue: WriteQueue, _ view: LogView) {
    all.level(CounterName("acta_writer_queue_bytes")) { queue.queuedBytes }
    all.level(CounterName("acta_writer_queue_requests")) { queue.queuedRequests }
    all.level(CounterName("acta_cache_bytes")) { view.cachedBytes }
    all.level(CounterName("acta_cache_limit_bytes")) { view.cacheCapacity }
  }

  func noteEvictions(_ pieces: [CachedPiece]) {
    if !pieces.isEmpty { evictions.add(pieces.reduce(0) { $0 + $1.batches.count }) }
  }

  /// By the writer alone, now and then.
  ///
  /// - Parameter live: What batches have, as clients count it.
  func note(_ space: StoreSpace, live: Int64) {
    for (counter, bytes) in [
      (liveBytes, live), (fileBytes, space.file), (freeBytes, space.free), (logBytes, space.log),
    ] {
      counter.add(Int(clamping: bytes) - counter.value)
    }
  }

  /// A read that memory had something of was a hit, one that goes to the tables a miss; of one at the
  /// log's end nothing can be said.
  func note(_ found: MemoryRead) {
    switch found {
    case .whole(let results): noteHits(in: results)
    case .part(let part):
      misses.add(part.rests.count)
      noteHits(in: part.memory)
    }
  }

  private func noteHits(in results: [Result<ReadOutcome, StorageError>]) {
    let count = results.count { result in
      if case .success(let outcome) = result { !outcome.batches.isEmpty } else { false }
    }
    if count > 0 { hits.add(count) }
  }
}
