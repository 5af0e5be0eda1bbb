import ActaModel
import BatchCodec
import LogStorage
import SQLite

/// `batches`: what was sent together, in order; the index by time and the account of sizes.
final class BatchesTable {
  private let database: Database
  private let insert: Statement

  init(_ database: Database) throws(SQLiteError) {
    self.database = database
    insert = try database.prepare(
      """
      INSERT INTO batches(
        partition_id, base_offset, last_offset, record_count, base_timestamp, max_timestamp,
        max_timestamp_so_far, appended_at, attributes, producer_id, producer_epoch, base_sequence,
        leader_epoch, size_bytes, records_crc, control_records, appended_records, appended_bytes)
      VALUES (:partition_id, :base_offset, :last_offset, :record_count, :base_timestamp,
        :max_timestamp, :max_timestamp_so_far, :appended_at, :attributes, :producer_id,
        :producer_epoch, :base_sequence, :leader_epoch, :size_bytes, :records_crc,
        :control_records, :appended_records, :appended_bytes)
      """)
  }

  /// The parameters of `insert`, in the order in which it names them.
  private enum Parameter: Int32 {
    case partitionID = 1
    case baseOffset, lastOffset, recordCount, baseTimestamp, maxTimestamp, maxTimestampSoFar
    case appendedAt, attributes, producerID, producerEpoch, baseSequence, leaderEpoch, sizeBytes
    case recordsCRC, controlRecords, appendedRecords, appendedBytes
  }

  private func bind(_ value: Int64, _ parameter: Parameter) throws(SQLiteError) {
    try insert.bind(value, at: parameter.rawValue)
  }

  func append(_ batch: ProducedBatch, at placement: BatchPlacement) throws(SQLiteError) {
    let header = batch.header
    try bind(placement.partition.value, .partitionID)
    try bind(placement.baseOffset.value, .baseOffset)
    try bind(placement.lastOffset.value, .lastOffset)
    try bind(Int64(header.recordCount), .recordCount)
    try bind(header.baseTimestamp, .baseTimestamp)
    try bind(header.maxTimestamp, .maxTimestamp)
    try bind(placement.runningMaxTimestamp, .maxTimestampSoFar)
    try bind(placement.appendedAt, .appendedAt)
    try bind(Int64(header.attributes.rawValue), .attributes)
    try bind(header.producerID, .producerID)
    try bind(Int64(header.producerEpoch), .producerEpoch)
    try bind(Int64(header.baseSequence), .baseSequence)
    try bind(Int64(placement.leaderEpoch.value), .leaderEpoch)
    try bind(placement.sizeBytes, .sizeBytes)
    try bind(Int64(batch.recordsCRC), .recordsCRC)
    if header.attributes.contains(.control) {
      // A control batch has no record rows; its section stays with its row here.
      try insert.bind(batch.withRecords { [UInt8]($0) }, at: Parameter.controlRecords.rawValue)
    } else {
      try insert.bindNull(at: Parameter.controlRecords.rawValue)
    }
    try bind(placement.appended.records, .appendedRecords)
    try bind(placement.appended.bytes, .appendedBytes)
    try insert.run()
  }

  func first(
    of partition: PartitionID, below offset: Offset, limit: Int
  ) throws -> [BatchSummary] {
    let entry = try database.kept(
      """
      SELECT \(BatchSummary.columns) FROM batches
      WHERE partition_id = ? AND base_offset < ? ORDER BY base_offset LIMIT ?
      """)
    try entry.statement.bind(partition.value, at: 1)
    try entry.statement.bind(offset.value, at: 2)
    try entry.statement.bind(Int64(limit), at: 3)
    defer { entry.statement.reset() }
    var batches: [BatchSummary] = []
    while try entry.statement.step() {
      batches.append(try BatchSummary(entry.statement, of: partition))
    }
    return batches
  }

  /// Goes through the batches from `offset` on for what they tell of producers; the result is how many there
  /// are.
  func evidence(
    in partition: PartitionID, from offset: Offset,
    _ body: (Result<ProducerEvidence, StoreError>) throws(StoreError) -> Void
  ) throws -> Int {
    let entry = try database.kept(ProducerEvidence.select)
    try entry.statement.bind(partition.value, at: 1)
    try entry.statement.bind(offset.value, at: 2)
    defer { entry.statement.reset() }
    var count = 0
    while try entry.statement.step() {
      count += 1
      if let found = Self.evidence(entry.statement, of: partition) { try body(found) }
    }
    return count
  }

  private static func evidence(
    _ row: borrowing Statement, of partition: PartitionID
  ) -> Result<ProducerEvidence, StoreError>? {
    do throws(StoreError) {
      return try readingForRequest {
        try ProducerEvidence(row, of: partition).map { .success($0) }
      }
    } catch {
      return .failure(error)
    }
  }

  func lastAppend(to partition: PartitionID) throws(SQLiteError) -> Int64? {
    let entry = try database.kept(
      """
      SELECT appended_at FROM batches WHERE partition_id = ? ORDER BY base_offset DESC LIMIT 1
      """)
    try entry.statement.bind(partition.value, at: 1)
    guard try entry.statement.step() else { return nil }
    defer { entry.statement.reset() }
    return entry.statement.integer(0)
  }

  /// What the batches that begin below `offset` hold. A control record is none.
  func totals(
    of partition: PartitionID, below offset: Offset
  ) throws -> (records: Int64, bytes: Int64) {
    let entry = try database.kept(
      """
      SELECT coalesce(sum(iif(control_records IS NULL, record_count, 0)), 0),
        coalesce(sum(size_bytes), 0) FROM batches
      WHERE partition_id = ? AND base_offset < ?
      """)
    try entry.statement.bind(partition.value, at: 1)
    try entry.statement.bind(offset.value, at: 2)
    guard try entry.statement.step() else { return (0, 0) }
    defer { entry.statement.reset() }
    let name = RowName("batches", "\(partition), below \(offset)")
    return (
      try entry.statement.integer(0, in: Plausible.sum, of: name),
      try entry.statement.integer(1, in: Plausible.sum, of: name)
    )
  }

  func delete(of partition: PartitionID, endingBelow offset: Offset) throws(SQLiteError) {
    try database.run(
      "DELETE FROM batches WHERE partition_id = ?1 AND base_offset < ?2 AND last_offset < ?2",
      partition.value, offset.value)
  }

  /// What is left of a batch gets its own count, size and checksum, so that it can still be verified.
  func reseal(
    _ baseOffset: Offset, of partition: PartitionID, as rest: RebuiltBatch
  ) throws(SQLiteError) {
    try database.run(
      """
      UPDATE batches SET record_count = ?, size_bytes = ?, records_crc = ?
      WHERE partition_id = ? AND base_offset = ?
      """, Int64(rest.recordCount), Int64(rest.bytes.count), Int64(rest.recordsCRC),
      partition.value, baseOffset.value)
  }
}

extension ProducerEvidence {
  /// Of a partition's batches from an offset on.
  static let select = """
    SELECT \(StoredBatch.columns), appended_at FROM batches
    WHERE partition_id = ? AND base_offset >= ? ORDER BY base_offset
    """

  /// Reads `select`; `nil` for a batch that tells of no producer.
  init?(_ row: borrowing Statement, of partition: PartitionID) throws(StoreError) {
    let batch = try StoredBatch(row, of: partition)
    let appendedAt = try row.integer(
      StoredBatch.columnCount, in: Plausible.time,
      of: RowName("batches", "\(partition), \(batch.baseOffset)"))
    self.init(batch.header, appendedAt: appendedAt, controlRecords: batch.controlRecords)
  }
}

extension BatchSummary {
  static var columns: String {
    """
    base_offset, last_offset, record_count, size_bytes, max_timestamp, appended_at, attributes,
    producer_id
    """
  }

  init(_ row: borrowing Statement, of partition: PartitionID) throws(StoreError) {
    let name = RowName("batches", "\(partition), \(row.literal(0))")
    let baseOffset = try row.offset(0, of: name)
    let first = baseOffset.value
    let attributes = BatchAttributes(rawValue: try row.int16(6, of: name))
    let producer = ProducerID(try row.anyInteger(7, of: name))
    self.init(
      baseOffset: baseOffset,
      lastOffset: Offset(try row.integer(1, in: first...first + Int64(Int32.max), of: name)),
      recordCount: try row.integer(2, in: 0...Int64(Int32.max), of: name),
      sizeBytes: try row.integer(3, in: 0...Int64(Int32.max), of: name),
      maxTimestamp: try row.anyInteger(4, of: name), appendedAt: try row.anyInteger(5, of: name),
      transactionOf: attributes.contains(.transactional) ? producer : nil,
      isMarker: attributes.contains(.control))
  }
}
