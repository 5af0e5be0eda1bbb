import ActaModel
import BatchCodec
import LogStorage
import SQLite

/// A row of `batches`.
struct StoredBatch {
  /// As the batch is rebuilt: no codec, since rows are not compressed.
  let header: BatchHeader
  let baseOffset: Offset
  let lastOffset: Offset
  let sizeBytes: Int
  let recordsCRC: UInt32
  let controlRecords: [UInt8]?

  static let columns = """
    base_offset, last_offset, record_count, base_timestamp, max_timestamp, attributes, producer_id,
    producer_epoch, base_sequence, leader_epoch, size_bytes, records_crc, control_records
    """

  init(_ row: borrowing Statement, of partition: PartitionID) throws(StoreError) {
    baseOffset = try row.offset(0, of: "a batch of partition \(partition)")
    let first = baseOffset.value
    lastOffset = Offset(
      try row.integer(
        1, in: first...first + Int64(Int32.max), of: "a batch of partition \(partition)"))
    let attributes = BatchAttributes(rawValue: Int16(truncatingIfNeeded: row.integer(5)))
    header = BatchHeader(
      baseOffset: first, leaderEpoch: Int32(truncatingIfNeeded: row.integer(9)),
      attributes: attributes.with(.none),
      lastOffsetDelta: Int32(lastOffset - baseOffset),
      baseTimestamp: row.integer(3), maxTimestamp: row.integer(4), producerID: row.integer(6),
      producerEpoch: Int16(truncatingIfNeeded: row.integer(7)),
      baseSequence: Int32(truncatingIfNeeded: row.integer(8)),
      recordCount: Int32(truncatingIfNeeded: row.integer(2)))
    sizeBytes = Int(min(max(0, row.integer(10)), Plausible.count.upperBound))
    recordsCRC = UInt32(truncatingIfNeeded: row.integer(11))
    controlRecords = row.isNull(12) ? nil : row.bytes(12)
  }

  /// A batch that others cannot have made larger than it can be: what a row claims is not trusted
  /// to make room for.
  var plausibleRecordsSize: Int { max(0, min(sizeBytes - BatchHeader.size, 64 << 20)) }
}

/// A batch made from its rows.
struct RebuiltBatch {
  let bytes: [UInt8]
  let recordsCRC: UInt32
  let recordCount: Int32
}
