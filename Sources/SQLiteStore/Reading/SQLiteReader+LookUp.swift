import ActaModel
import LogStorage
import SQLite

/// Looking offsets up by time. The running maximum that every batch carries rises with the offset,
/// so that the first batch with a timestamp is found by bisection through the primary key.
extension SQLiteReader {
  func lookUp(
    _ query: TimestampQuery, in partition: PartitionID, below highWatermark: Int64
  ) throws(ReadFailure) -> TimestampedOffset? {
    try inSnapshot(of: partition) {
      guard let start = try logStart(of: partition) else { throw ReadFailure.unknownPartition }
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
    atOrAfter timestamp: Int64, in partition: PartitionID, from start: Int64,
    below highWatermark: Int64
  ) throws(SQLiteError) -> TimestampedOffset? {
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
    try batches.bind(from, at: 2)
    try batches.bind(highWatermark, at: 3)
    try batches.bind(timestamp, at: 4)
    let record = try prepare(
      """
      SELECT "offset", timestamp FROM \(RecordTables.name(partition))
      WHERE "offset" BETWEEN ? AND ? AND timestamp >= ? ORDER BY "offset" LIMIT 1
      """)
    while try batches.step() {
      try record.bind(batches.integer(0), at: 1)
      try record.bind(min(batches.integer(1), highWatermark - 1), at: 2)
      try record.bind(timestamp, at: 3)
      guard try record.step() else { continue }
      return TimestampedOffset(
        offset: record.integer(0), timestamp: record.integer(1),
        leaderEpoch: Int32(truncatingIfNeeded: batches.integer(2)))
    }
    return nil
  }

  /// The base offset of the first batch whose running maximum reaches `timestamp`.
  private func bisect(
    _ timestamp: Int64, in partition: PartitionID, from start: Int64, below end: Int64
  ) throws(SQLiteError) -> Int64? {
    var low = start
    var high = end
    var found: Int64?
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
    in partition: PartitionID, at offset: Int64
  ) throws(SQLiteError) -> (baseOffset: Int64, maximum: Int64)? {
    try runningMaximumAt.bind(partition.value, at: 1)
    try runningMaximumAt.bind(offset, at: 2)
    guard try runningMaximumAt.step() else { return nil }
    defer { runningMaximumAt.reset() }
    return (runningMaximumAt.integer(0), runningMaximumAt.integer(1))
  }

  /// The largest timestamp there is. The last running maximum is it, unless its batch has gone;
  /// then the batches that are left are asked.
  private func maximum(
    in partition: PartitionID, from start: Int64, below highWatermark: Int64
  ) throws(SQLiteError) -> Int64? {
    guard start < highWatermark,
      let last = try runningMaximum(in: partition, at: highWatermark - 1)
    else { return nil }
    if try first(atOrAfter: last.maximum, in: partition, from: start, below: highWatermark) != nil {
      return last.maximum
    }
    let row = try prepare(
      "SELECT max(timestamp) FROM \(RecordTables.name(partition)) WHERE \"offset\" < ?")
    try row.bind(highWatermark, at: 1)
    guard try row.step(), !row.isNull(0) else { return nil }
    return row.integer(0)
  }

  // MARK: Leader epochs

  /// KafkaWire/PROTOCOL.md §8, OffsetForLeaderEpoch. A partition has a row per epoch that wrote to
  /// it; the current epoch begins at the log's end until it writes.
  func endOfEpoch(
    _ epoch: Int32, in partition: PartitionID, current: Int32
  ) throws(ReadFailure) -> EpochEnd? {
    guard epoch >= 0, epoch <= current else { return nil }
    return try inSnapshot(of: partition) {
      try partitionRow.bind(partition.value, at: 1)
      guard try partitionRow.step() else { throw ReadFailure.unknownPartition }
      let logEnd = partitionRow.integer(1)
      partitionRow.reset()
      if epoch == current { return EpochEnd(epoch: epoch, endOffset: logEnd) }
      var largest: Int32?
      try epochRows.bind(partition.value, at: 1)
      while try epochRows.step() {
        let found = Int32(truncatingIfNeeded: epochRows.integer(0))
        if found > epoch {
          defer { epochRows.reset() }
          return EpochEnd(epoch: largest ?? epoch, endOffset: epochRows.integer(1))
        }
        largest = found
      }
      return EpochEnd(epoch: largest ?? epoch, endOffset: logEnd)
    }
  }
}
