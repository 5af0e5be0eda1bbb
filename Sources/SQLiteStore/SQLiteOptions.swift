package import LogStorage
import Threads

/// Where the database is.
package enum Location: Sendable, Equatable {
  case file(String)
  /// Gone when it is closed; for tests and for embedding.
  case memory
}

/// What may be tuned of a log's database; the defaults are measured or follow from the durability rules.
package struct SQLiteOptions: Sendable {
  /// Prepared inserts that are kept, one per partition.
  package var preparedInserts = 256

  /// The file does not grow beyond this, so that the limit is met before the disk is full; `nil`
  /// leaves it to the disk.
  package var maxDatabaseBytes: Int?

  /// What is kept back on the disk for when it is full; 0 keeps nothing.
  package var reserveBytes: Int64 = 0

  /// The write-ahead log is checkpointed when it has grown by this much. Measured against 4 MB, on
  /// ext4: 9 % more records of 100 bytes a second, 14 % more of 1,000, and a p99 of one append at
  /// a time of 0.34 ms rather than 0.77.
  package var checkpointBytes = 16 << 20
  /// It is checkpointed as soon as so much of it are batches, in a moment when nothing else is to be done: nobody is
  /// served meanwhile, and this takes 2 to 4 ms where 16 MB take 10 to 25. That costs a twentieth of the processor, so
  /// only up to this rate: who writes as fast as it goes has up to 16 % more without.
  package var idleCheckpointBytes = 1 << 20
  package var idleBytesPerMicrosecond = 64
  /// Above this, that a checkpoint cannot empty the log is worth a notice.
  package var logSoftLimitBytes = 32 << 20
  /// Above this, readers are made to let the log be emptied.
  package var logHardLimitBytes = 64 << 20
  /// At this length, which only a reader that stays can bring about, appends are refused; `nil`: a quarter
  /// of what is free on the disk.
  package var logMaximumBytes: Int?
  /// What one slice of background deletion removes: records or bytes of them, whichever is reached first.
  package var deletionSliceRecords = 2_000
  package var deletionSliceBytes: Int64 = 1 << 20
  /// So many bytes of free pages, and a quarter of the file, are left for the next records; what is free
  /// beyond that goes back to the disk.
  package var freeBytesKept: Int64 = 64 << 20
  /// Free pages go back when none have been added to them for so long.
  package var vacuumDelayMilliseconds: Int64 = 1_000
  /// Rows that one slice of work on the audit trail indexes or deletes, and that wait for the index.
  package var auditSliceRows = 4_096

  /// The id of a cluster that begins with this file; `nil` draws one. A log that has an id keeps it.
  package var clusterID: String?

  package var allowsNetworkFilesystem = false
  /// SQLite's file layer; `nil` is the platform's own.
  package var vfs: String?
  /// Epoch milliseconds.
  package var now: @Sendable () -> Int64 = { Clock.epochMilliseconds() }
  package var log: @Sendable (LogLevel, String) -> Void = { _, _ in }

  package init() {}
}
