package import ActaModel
package import Counters
package import LogStorage
import Threads

/// What may be tuned of a log, whatever database keeps it; the defaults are measured or follow from the
/// durability rules.
package struct EngineOptions: Sendable {
  /// Bytes of memory that batches may take; `LogEngine.limitCache` changes it.
  package var tailCacheBytes = 64 << 20
  /// Writes are refused with `overloaded` above this.
  package var maxQueuedBytes = 128 << 20
  /// What one turn takes from the queue, so that the store's log stays within its limits, and nobody
  /// waits long for the turn's end. Other work counts as so many bytes as take as long.
  package var maxGroupBytes = 8 << 20
  /// How long a commit for which nobody waits may stay without its sync.
  package var syncPatience = SyncPatience()
  package var lending = WriterLending()
  package var readerCount = 2
  package var maxTopics = 10_000
  package var maxPartitions = 20_000
  package var topicLimits: TopicLimits {
    TopicLimits(topics: maxTopics, partitions: maxPartitions)
  }
  /// Positions that may be held for one producer: the turn that ends its transaction commits all of them, some
  /// microseconds each, and everybody waits for it.
  package var maxHeldPositions = 10_000
  /// A producer that has been silent this long, in milliseconds, may start with any sequence. Asked each
  /// time, because it may change.
  package var producerExpiration: @Sendable () -> Int64 = { 86_400_000 }
  /// So many batches of a partition at most are gone through after a start for what they tell of producers.
  package var maxBatchesToReplay = 1_024
  /// Records that compaction looks at before it deletes what they supersede: the more, the less often the
  /// clean part of a log is gone through; some tens of bytes each, and its keys, in memory.
  package var compactionWindowRecords = 256 << 10
  /// How often an idle writer looks for writes of other processes.
  package var foreignPollMilliseconds = 100

  /// Epoch milliseconds.
  package var now: @Sendable () -> Int64 = { Clock.epochMilliseconds() }
  /// Where it says what it counts, which no other log does; `nil`: nobody will ask.
  package var counters: CounterRegistry?
  package var log: @Sendable (LogLevel, String) -> Void = { _, _ in }

  package init() {}
}
