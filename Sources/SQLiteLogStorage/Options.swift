import Threads

/// Where the database is.
package enum Location: Sendable, Equatable {
  case file(String)
  /// Gone when it is closed; for tests and for embedding.
  case memory
}

package enum LogLevel: Sendable, Equatable {
  case info
  case warning
  case error
}

/// What may be tuned; the defaults are measured or follow from the durability rules.
package struct Options: Sendable {
  /// Bytes of recent batches that are kept as they were produced.
  package var tailCacheBytes = 64 << 20
  /// Writes are refused with `overloaded` above this.
  package var maxQueuedBytes = 128 << 20
  /// What one transaction takes from the queue, so that the log stays within its limits.
  package var maxGroupBytes = 8 << 20
  package var readerCount = 2
  package var maxTopics = 10_000
  package var maxPartitions = 20_000
  /// A producer that has been silent this long may start with any sequence.
  package var producerExpirationMilliseconds: Int64 = 86_400_000
  /// Prepared inserts that are kept, one per partition.
  package var preparedInserts = 256

  /// The file does not grow beyond this, so that the limit is met before the disk is full; `nil`
  /// leaves it to the disk.
  package var maxDatabaseBytes: Int?

  /// The write-ahead log is checkpointed when it has grown by this much. Measured against 4 MB, on
  /// ext4: 9 % more records of 100 bytes a second, 14 % more of 1,000, and a p99 of one append at
  /// a time of 0.34 ms rather than 0.77.
  package var checkpointBytes = 16 << 20
  /// Above this, that a checkpoint cannot empty the log is worth a notice.
  package var logSoftLimitBytes = 32 << 20
  /// Above this, readers are made to let the log be emptied.
  package var logHardLimitBytes = 64 << 20
  /// At this length, which only a reader that stays can bring about, appends are refused.
  package var logMaximumBytes = 1 << 30
  /// How often an idle writer looks for writes of other processes.
  package var foreignPollMilliseconds = 100
  /// Records that one slice of background deletion removes.
  package var deletionSliceRecords = 5_000
  /// Rows that one slice of work on the audit trail indexes or deletes, and that wait for the index.
  package var auditSliceRows = 4_096

  package var allowsNetworkFilesystem = false
  /// Epoch milliseconds.
  package var now: @Sendable () -> Int64 = { Clock.epochMilliseconds() }
  package var log: @Sendable (LogLevel, String) -> Void = { _, _ in }
  /// SQLite's file layer; `nil` is the platform's own.
  package var vfs: String?

  package init() {}
}
