import ActaModel
import LogStorage
import SQLite

/// Looking offsets up by time. The running maximum that every batch carries rises with the offset,
/// so that the first batch with a timestamp is found by bisection through the primary key.
extension SQLiteReader {
  func lookUp(
    _ query: TimestampQuery, in partition: PartitionID, below highWatermark: Offset
  ) throws(ReadFailure) -> TimestampedOffset? {
    try inSnapshot(of: partition) {
      guard let start = try logStart(of: partition) else { throw ReadFailure.unknownPartition }
      guard try hasTable(partition) else { return nil }
      switch query {
      case .atOrAfter(let timestamp):
        return try first(atOrAfter: timestamp, in: partition, from: start, below: highWatermark)
      case .maximum:
        guard let maximum = try maximum(in: partition, from: start, below: highWatermark) else {
          return nil
        }
        return try first(atOrAfter: maximum, in: partition, from: start, below: highWatermark)
      }
    }
  }

  private func first(
    atOrAfter timestamp: Int64, in partition: PartitionID, from start: Offset,
    below highWatermark: Offset
  ) throws -> TimestampedOffset? {
    guard
      let from = try bisect(timestamp, in: partition, from: start, below: highWatermark)
    else { return nil }
    // The running maximum may come from batches that retention has removed: look on from here.
    let batches = try prepare(
      """
      SELECT base_offset, last_offset, leader_epoch FROM batches
      WHERE partition_id = ? AND base_offset >= ? AND base_offset < ? AND max_timestamp >= ?
      ORDER BY base_offset
      """)
    try batches.bind(partition.value, at: 1)
    try batches.bind(from.value, at: 2)
    try batches.bind(highWatermark.value, at: 3)
    try batches.bind(timestamp, at: 4)
    let record = try prepare(
      """
      SELECT "offset", timestamp FROM \(RecordTables.name(partition))
      WHERE "offset" BETWEEN ? AND ? AND timestamp >= ? ORDER BY "offset" LIMIT 1
      """)
    while try batches.step() {
      let row = RowName("batches", "\(partition), \(batches.literal(0))")
      try record.bind(try batches.offset(0, of: row).value, at: 1)
      let last = try batches.offset(1, of: row)
      try record.bind(min(last.value, highWatermark.value - 1), at: 2)
      try record.bind(timestamp, at: 3)
      guard try record.step() else { continue }
      let found = RowName(RecordTables.name(partition), record.literal(0))
      return TimestampedOffset(
        offset: try record.offset(0, of: found), timestamp: try record.anyInteger(1, of: found),
        leaderEpoch: try batches.leaderEpoch(2, of: row))
    }
    return nil
  }

  /// The base offset of the first batch whose running maximum reaches `timestamp`.
  private func bisect(
    _ timestamp: Int64, in partition: PartitionID, from start: Offset, below end: Offset
  ) throws -> Offset? {
    var low = start
    var high = end
    var found: Offset?
    while low < high {
      let middle = low + (high - low) / 2
      guard let batch = try runningMaximum(in: partition, at: middle) else {
        low = middle + 1
        continue
      }
      if batch.maximum >= timestamp {
        found = batch.baseOffset
        high = min(middle, batch.baseOffset)
      } else {
        low = middle + 1
      }
    }
    return found
  }

  private func runningMaximum(
    in partition: PartitionID, at offset: Offset
  ) throws -> (baseOffset: Offset, maximum: Int64)? {
    try runningMaximumAt.bind(partition.value, at: 1)
    try runningMaximumAt.bind(offset.value, at: 2)
    guard try runningMaximumAt.step() else { return nil }
    defer { runningMaximumAt.reset() }
    let row = RowName("batches", "\(partition), \(runningMaximumAt.literal(0))")
    return (
      try runningMaximumAt.offset(0, of: row), try runningMaximumAt.anyInteger(1, of: row)
    )
  }

  /// The largest timestamp there is. The last running maximum is it, unless its batch has gone;
  /// then the batches that are left are asked.
  private func maximum(
    in partition: PartitionID, from start: Offset, below highWatermark: Offset
  ) throws -> Int64? {
    guard start < highWatermark,
      let last = try runningMaximum(in: partition, at: Offset(highWatermark.value - 1))
    else { return nil }
    if try first(atOrAfter: last.maximum, in: partition, from: start, below: highWatermark) != nil {
      return last.maximum
    }
    let row = try prepare(
      "SELECT max(timestamp) FROM \(RecordTables.name(partition)) WHERE \"offset\" < ?")
    try row.bind(highWatermark.value, at: 1)
    guard try row.step(), !row.isNull(0) else { return nil }
    return row.integer(0)
  }

  // MARK: Leader epochs

  /// KafkaWire/PROTOCOL.md §8, OffsetForLeaderEpoch. A partition has a row per epoch that wrote to
  /// it; the current epoch begins at the log's end until it writes.
  func endOfEpoch(
    _ epoch: LeaderEpoch, in partition: PartitionID, current: LeaderEpoch
  ) throws(ReadFailure) -> EpochEnd? {
    guard epoch != .absent, epoch <= current else { return nil }
    return try inSnapshot(of: partition) {
      try partitionRow.bind(partition.value, at: 1)
      guard try partitionRow.step() else { throw ReadFailure.unknownPartition }
      let logEnd = try partitionRow.offset(
        1, of: RowName("partitions", partition.description))
      partitionRow.reset()
      if epoch == current { return EpochEnd(epoch: epoch, endOffset: logEnd) }
      var largest: LeaderEpoch?
      try epochRows.bind(partition.value, at: 1)
      while try epochRows.step() {
        let row = RowName("leader_epochs", "\(partition), \(epochRows.literal(0))")
        let found = try epochRows.leaderEpoch(0, of: row)
        if found > epoch {
          defer { epochRows.reset() }
          return EpochEnd(epoch: largest ?? epoch, endOffset: try epochRows.offset(1, of: row))
        }
        largest = found
      }
      return EpochEnd(epoch: largest ?? epoch, endOffset: logEnd)
    }
  }
}
