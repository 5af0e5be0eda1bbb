import ActaModel
import LogStorage
import SQLite

/// `transaction_ranges`: what partitions remember of transactions that are open or were aborted.
final class TransactionRanges {
  private let database: Database
  private let put: Statement
  private let delete: Statement

  init(_ database: Database) throws(SQLiteError) {
    self.database = database
    put = try database.prepare(
      """
      INSERT OR REPLACE INTO transaction_ranges(
        partition_id, producer_id, first_offset, last_offset, last_stable_offset)
      VALUES (?, ?, ?, ?, ?)
      """)
    delete = try database.prepare(
      """
      DELETE FROM transaction_ranges
      WHERE partition_id = ? AND producer_id = ? AND first_offset = ?
      """)
  }

  func write(_ change: TransactionRangeChange, of partition: PartitionID) throws(SQLiteError) {
    switch change {
    case .opened(let producer, let first):
      try put(partition, producer, first, last: nil, lastStable: nil)
    case .aborted(let range):
      try put(
        partition, range.producerID, range.firstOffset, last: range.lastOffset,
        lastStable: range.lastStableOffset)
    case .committed(let producer, let first):
      try delete.run(partition.value, producer.value, first.value)
    }
  }

  private func put(
    _ partition: PartitionID, _ producer: ProducerID, _ first: Offset, last: Offset?,
    lastStable: Offset?
  ) throws(SQLiteError) {
    try put.bind(partition.value, at: 1)
    try put.bind(producer.value, at: 2)
    try put.bind(first.value, at: 3)
    try put.bind(last?.value, at: 4)
    try put.bind(lastStable?.value, at: 5)
    try put.run()
  }

  func forgetAborted(of partition: PartitionID, below offset: Offset) throws(SQLiteError) {
    try database.run(
      "DELETE FROM transaction_ranges WHERE partition_id = ? AND last_offset < ?",
      partition.value, offset.value)
  }

  func forgetAborted(of partition: PartitionID, endedAt offset: Offset) throws(SQLiteError) {
    try database.run(
      "DELETE FROM transaction_ranges WHERE partition_id = ? AND last_offset = ?",
      partition.value, offset.value)
  }

  /// Of all partitions.
  func open() throws -> [OpenTransaction] {
    let rows = try database.prepare(
      """
      SELECT partition_id, producer_id, first_offset FROM transaction_ranges
      WHERE last_offset IS NULL
      """)
    var found: [OpenTransaction] = []
    while try rows.step() {
      func name() -> RowName {
        RowName("transaction_ranges", "\(rows.literal(0)), \(rows.literal(1))")
      }
      found.append(
        OpenTransaction(
          partition: PartitionID(try rows.integer(0, in: Plausible.id, of: name())),
          producerID: ProducerID(try rows.anyInteger(1, of: name())),
          firstOffset: try rows.offset(2, of: name())))
    }
    return found
  }
}

extension AbortedRange {
  /// Reads `producer_id, first_offset, last_offset, last_stable_offset`.
  init(_ row: borrowing Statement, of partition: PartitionID) throws(StoreError) {
    func name() -> RowName {
      RowName("transaction_ranges", "\(partition), \(row.literal(0))")
    }
    self.init(
      producerID: ProducerID(try row.anyInteger(0, of: name())),
      firstOffset: try row.offset(1, of: name()), lastOffset: try row.offset(2, of: name()),
      lastStableOffset: try row.offset(3, of: name()))
  }
}
