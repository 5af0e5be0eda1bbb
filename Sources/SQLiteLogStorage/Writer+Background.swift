import ActaModel
import LogStorage
import SQLite
import Threads

/// What is done between groups, and when next.
struct BackgroundState {
  /// There may be rows in `deleted_partitions`.
  var hasDeletedPartitions = true
  /// There may be free pages at the end of the file worth giving back.
  var mayVacuum = true
  /// Monotonic milliseconds.
  var nextSlice: Int64 = 0
  /// After a failure nothing is tried before this.
  var notBefore: Int64 = 0
  var nextCheck: Int64 = 0
  var nextExpiry: Int64 = 0
}

/// Slow work in slices, each a transaction of its own of a few milliseconds: freeing deleted
/// partitions, giving pages back, forgetting silent producers, looking whether the file is still
/// ours. An idle writer does slice after slice; a busy one does one now and then.
extension Writer {
  private static var busySliceInterval: Int64 { 50 }
  private static var checkInterval: Int64 { 10_000 }
  private static var expiryInterval: Int64 { 600_000 }
  private static var vacuumPages: Int64 { 256 }

  /// When to wake without being asked to, monotonic milliseconds.
  func nextWakeUp() -> Int64 {
    let time = Clock.monotonicMilliseconds()
    let poll = time + Int64(max(1, options.foreignPollMilliseconds))
    let hasSlices = background.hasDeletedPartitions || background.mayVacuum || hasAuditToIndex
    guard latch.error == nil, hasSlices, time >= background.notBefore else { return poll }
    return time
  }

  func maintain(isIdle: Bool) {
    guard latch.error == nil else { return }
    checkpointIfDue()
    let time = Clock.monotonicMilliseconds()
    guard isIdle || time >= background.nextSlice, time >= background.notBefore else { return }
    background.nextSlice = time + Self.busySliceInterval
    do {
      if background.hasDeletedPartitions {
        background.hasDeletedPartitions = try freeDeletedPartition()
        background.mayVacuum = true
      } else if background.mayVacuum {
        background.mayVacuum = try vacuumSlice()
      }
      if hasAuditToIndex { try indexAuditSlice() }
      if time >= background.nextExpiry {
        background.nextExpiry = try expireProducers() ? time : time + Self.expiryInterval
      }
    } catch {
      handleBackground(error)
    }
    if time >= background.nextCheck {
      background.nextCheck = time + Self.checkInterval
      checkIdentity()
    }
  }

  /// Slices are transactions of the writer's like any other, but nobody waits for them: a busy
  /// database or a full disk only puts them off.
  private func handleBackground(_ error: any Error) {
    guard let error = error as? SQLiteError, !error.isStorageFailure else {
      return failStop(.failed("background work: \(error)"))
    }
    options.log(.warning, "background work is put off: \(error)")
    background.notBefore = Clock.monotonicMilliseconds() + 1_000
  }

  private var hasAuditToIndex: Bool { auditState.unindexed >= options.auditSliceRows }

  // MARK: Deleted partitions

  /// Frees a slice of one deleted partition: records, then batches and the rest, then the table.
  /// False when nothing is left.
  private func freeDeletedPartition() throws -> Bool {
    guard
      let next = try connection.integer("SELECT min(partition_id) FROM deleted_partitions")
    else { return false }
    let partition = PartitionID(next)
    let transaction = try connection.beginImmediate()
    if try !deleteRecordSlice(partition), try !deleteBatchSlice(partition) {
      try connection.execute("DROP TABLE IF EXISTS \(RecordTable.name(partition))")
      for table in ["leader_epochs", "producer_state", "deleted_partitions"] {
        try connection.prepare("DELETE FROM \(table) WHERE partition_id = ?").run(partition.value)
      }
    }
    try transaction.commit()
    return true
  }

  private func deleteRecordSlice(_ partition: PartitionID) throws(SQLiteError) -> Bool {
    let table = RecordTable.name(partition)
    guard let first = try connection.integer("SELECT min(\"offset\") FROM \(table)") else {
      return false
    }
    try connection.prepare("DELETE FROM \(table) WHERE \"offset\" < ?")
      .run(first + Int64(options.deletionSliceRecords))
    return true
  }

  private func deleteBatchSlice(_ partition: PartitionID) throws(SQLiteError) -> Bool {
    try connection.prepare(
      """
      DELETE FROM batches WHERE partition_id = ?1 AND base_offset IN (
        SELECT base_offset FROM batches WHERE partition_id = ?1 ORDER BY base_offset LIMIT ?2)
      """
    ).run(partition.value, Int64(options.deletionSliceRecords))
    return connection.changes > 0
  }

  // MARK: Space

  /// Gives pages back while a quarter of the file and 64 MB are free. False when that is enough.
  private func vacuumSlice() throws(SQLiteError) -> Bool {
    let free = try connection.integer("PRAGMA freelist_count") ?? 0
    let all = try connection.integer("PRAGMA page_count") ?? 0
    guard free * 4 > all, free * ConnectionSetup.pageSize > 64 << 20 else { return false }
    // One step frees one page: it must be run to its end.
    try connection.prepare("PRAGMA incremental_vacuum(\(Self.vacuumPages))").run()
    return true
  }

  // MARK: Producers

  /// Forgets producers that have been silent for too long. True when there may be more.
  private func expireProducers() throws -> Bool {
    let limit: Int64 = 1_000
    let before = options.now() - options.producerExpirationMilliseconds
    let transaction = try connection.beginImmediate()
    try connection.prepare(
      """
      DELETE FROM producer_state WHERE (partition_id, producer_id) IN (
        SELECT partition_id, producer_id FROM producer_state WHERE last_timestamp < ? LIMIT ?)
      """
    ).run(before, limit)
    let count = connection.changes
    try transaction.commit()
    guard count > 0 else { return false }
    for partition in partitions.values { partition.producers = [:] }
    return count == limit
  }
}
