import ActaModel
import Counters
import LogStorage

/// What the engine counts: reads that the tail cache answered and those that it did not, by partition; and
/// what may be asked of queue and cache.
struct EngineCounters: Sendable {
  let hits: Counter
  let misses: Counter
  let evictions: Counter
  private let all: CounterRegistry

  init(_ counters: CounterRegistry) {
    all = counters
    hits = counters.total(CounterName("acta_cache_hits_total"))
    misses = counters.total(CounterName("acta_cache_misses_total"))
    evictions = counters.total(CounterName("acta_cache_evictions_total"))
  }

  func watch(_ queue: WriteQueue, _ view: LogView) {
    all.level(CounterName("acta_writer_queue_bytes")) { queue.queuedBytes }
    all.level(CounterName("acta_writer_queue_requests")) { queue.queuedRequests }
    all.level(CounterName("acta_cache_bytes")) { view.cachedBytes }
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
