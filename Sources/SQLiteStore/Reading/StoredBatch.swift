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

  static let columnCount: Int32 = 13

  init(_ row: borrowing Statement, of partition: PartitionID) throws(StoreError) {
    let name = RowName("batches", "\(partition), \(row.literal(0))")
    baseOffset = try row.offset(0, of: name)
    let first = baseOffset.value
    lastOffset = Offset(try row.integer(1, in: first...first + Int64(Int32.max), of: name))
    let attributes = BatchAttributes(rawValue: try row.int16(5, of: name))
    header = BatchHeader(
      baseOffset: first, leaderEpoch: try row.leaderEpoch(9, of: name).value,
      attributes: attributes.with(.none), lastOffsetDelta: Int32(lastOffset - baseOffset),
      baseTimestamp: try row.anyInteger(3, of: name), maxTimestamp: try row.anyInteger(4, of: name),
      producerID: try row.anyInteger(6, of: name), producerEpoch: try row.int16(7, of: name),
      baseSequence: try row.int32(8, in: .min ... .max, of: name),
      recordCount: try row.int32(2, in: 0 ... .max, of: name))
    sizeBytes = Int(try row.integer(10, in: 0...Int64(Int32.max), of: name))
    recordsCRC = UInt32(try row.integer(11, in: 0...Int64(UInt32.max), of: name))
    controlRecords = row.isNull(12) ? nil : try row.blob(12, of: name)
  }

  /// The one record of a control batch stands with the batch.
  var hasRows: Bool { controlRecords == nil }

  /// A batch that others cannot have made larger than it can be: what a row claims is not trusted
  /// to make room for.
  var plausibleRecordsSize: Int { max(0, min(sizeBytes - BatchHeader.size, 64 << 20)) }
}

/// A batch made from its rows.
package struct RebuiltBatch {
  package let bytes: [UInt8]
  /// CRC-32C of the records section.
  package let recordsCRC: UInt32
  package let recordCount: Int32
}
