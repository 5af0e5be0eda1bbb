import ActaModel
import LogStorage
import SQLite

/// `producer_state`: what is known of idempotent producers, by partition.
final class ProducerTable {
  private let database: Database
  private let read: Statement
  private let write: Statement

  init(_ database: Database) throws(SQLiteError) {
    self.database = database
    read = try database.prepare(
      """
      SELECT \(ProducerRow.columns) FROM producer_state
      WHERE partition_id = ? AND producer_id = ?
      """)
    write = try database.prepare(
      """
      INSERT OR REPLACE INTO producer_state(
        partition_id, producer_id, producer_epoch, last_timestamp, batches, coordinator_epoch)
      VALUES (?, ?, ?, ?, ?, ?)
      """)
  }

  func row(of producer: ProducerID, in partition: PartitionID) throws -> ProducerRow? {
    try read.bind(partition.value, at: 1)
    try read.bind(producer.value, at: 2)
    guard try read.step() else { return nil }
    defer { read.reset() }
    func name() -> RowName { RowName("producer_state", "\(partition), \(producer)") }
    return try ProducerRow(row: read, from: 0, of: name())
  }

  func put(
    _ row: ProducerRow, of producer: ProducerID, in partition: PartitionID
  ) throws(SQLiteError) {
    try write.bind(row.batchesJSON, at: 5)
    try write.bind(row.coordinatorEpoch.map { Int64($0) }, at: 6)
    try write.run(partition.value, producer.value, Int64(row.epoch), row.lastTimestamp)
  }

  func delete(silentSince time: Int64, limit: Int) throws(SQLiteError) -> Int {
    try database.run(
      """
      DELETE FROM producer_state WHERE (partition_id, producer_id) IN (
        SELECT partition_id, producer_id FROM producer_state AS p
        WHERE last_timestamp < ? AND NOT EXISTS (
          SELECT 1 FROM transaction_ranges AS x
          WHERE x.partition_id = p.partition_id AND x.producer_id = p.producer_id
            AND x.last_offset IS NULL)
        LIMIT ?)
      """, time, Int64(limit))
  }
}

/// The batches as the column `producer_state.batches` keeps them:
/// `[[first sequence, last sequence, base offset, last offset, epoch milliseconds], …]`.
extension ProducerRow {
  private static let maxBatches = 5

  /// In the order in which `init` takes them.
  static let columns = "producer_epoch, last_timestamp, batches, coordinator_epoch"

  init(
    row: borrowing Statement, from first: Int32, of name: @autoclosure () -> RowName
  ) throws(StoreError) {
    let json = try row.string(first + 2, of: name())
    guard let batches = Self.batches(json: json) else {
      throw row.unreadable(first + 2, "what a log writes there", of: name())
    }
    let epoch = try row.int32(first, in: 0...Int32(Int16.max), of: name())
    self.init(
      epoch: Int16(epoch),
      lastTimestamp: try row.integer(first + 1, in: Plausible.time, of: name()), batches: batches,
      coordinatorEpoch: row.isNull(first + 3)
        ? nil : try row.int32(first + 3, in: .min ... .max, of: name()))
  }

  fileprivate var batchesJSON: String {
    let rows = batches.map {
      "[\($0.firstSequence),\($0.lastSequence),\($0.baseOffset),\($0.lastOffset),\($0.timestamp)]"
    }
    return "[" + rows.joined(separator: ",") + "]"
  }

  /// `nil` if the text is not of that form.
  private static func batches(json: String) -> [Batch]? {
    var numbers: [Int64] = []
    for part in json.split(whereSeparator: { "[], \n\t".contains($0) }) {
      guard let number = Int64(part) else { return nil }
      numbers.append(number)
    }
    guard numbers.count % 5 == 0, numbers.count <= maxBatches * 5 else { return nil }
    var batches: [Batch] = []
    for start in stride(from: 0, to: numbers.count, by: 5) {
      guard let first = Int32(exactly: numbers[start]), first >= 0,
        let last = Int32(exactly: numbers[start + 1]), last >= 0,
        let baseOffset = Offset(exactly: numbers[start + 2]),
        let lastOffset = Offset(exactly: numbers[start + 3]),
        Plausible.count.contains(lastOffset.value), Plausible.time.contains(numbers[start + 4])
      else { return nil }
      batches.append(
        Batch(
          firstSequence: first, lastSequence: last, baseOffset: baseOffset,
          lastOffset: lastOffset, timestamp: numbers[start + 4]))
    }
    return batches
  }
}
