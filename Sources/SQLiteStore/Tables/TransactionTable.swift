import ActaModel
import LogStorage
import SQLite

/// `transactional_ids`: whose each is, and how far its transaction has come.
final class TransactionTable {
  private let database: Database

  init(_ database: Database) { self.database = database }

  func put(_ row: TransactionRow) throws(SQLiteError) {
    let entry = try database.kept(
      """
      INSERT OR REPLACE INTO transactional_ids(transactional_id, \(TransactionRow.columns))
      VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
      """)
    try row.bind(to: entry.statement)
    try entry.statement.run()
  }

  func remove(_ transactionalID: String) throws(SQLiteError) {
    let entry = try database.kept("DELETE FROM transactional_ids WHERE transactional_id = ?")
    try entry.statement.bind(transactionalID, at: 1)
    try entry.statement.run()
  }

  func all() throws -> [TransactionRow] {
    let rows = try database.prepare(
      "SELECT transactional_id, \(TransactionRow.columns) FROM transactional_ids")
    var found: [TransactionRow] = []
    while try rows.step() { found.append(try TransactionRow(rows)) }
    return found
  }
}

extension TransactionRow {
  /// Behind the id, in the order in which `bind` and `init` take them.
  fileprivate static let columns = """
    producer_id, producer_epoch, previous_producer_id, last_epoch, timeout_ms, state, partitions,
    groups, started_at, updated_at
    """

  fileprivate func bind(to row: borrowing Statement) throws(SQLiteError) {
    try row.bind(transactionalID, at: 1)
    try row.bind(producer.id.value, at: 2)
    try row.bind(Int64(producer.epoch), at: 3)
    try row.bind(previousProducerID?.value, at: 4)
    try row.bind(lastEpoch.map { Int64($0) }, at: 5)
    try row.bind(Int64(timeoutMilliseconds), at: 6)
    try row.bind(state.rawValue, at: 7)
    try row.bind(TransactionColumns.encode(partitions), at: 8)
    try row.bind(TransactionColumns.encode(groups), at: 9)
    try row.bind(startedAt, at: 10)
    try row.bind(updatedAt, at: 11)
  }

  fileprivate init(_ row: borrowing Statement) throws(StoreError) {
    let name = RowName("transactional_ids", row.literal(0))
    guard let state = State(rawValue: try row.string(6, of: name)) else {
      throw row.unreadable(6, "the state of a transaction", of: name)
    }
    guard let partitions = TransactionColumns.partitions(try row.string(7, of: name)) else {
      throw row.unreadable(7, "ids of partitions", of: name)
    }
    guard let groups = TransactionColumns.groups(try row.string(8, of: name)) else {
      throw row.unreadable(8, "names of groups", of: name)
    }
    // The last epoch is for who was fenced, and so has nothing open.
    let lastEpoch = Int32(state == .ongoing ? Int16.max - 1 : .max)
    self.init(
      transactionalID: try row.string(0, of: name),
      producer: ProducerClaim(
        id: ProducerID(try row.integer(1, in: Plausible.count, of: name)),
        epoch: Int16(try row.int32(2, in: -1...lastEpoch, of: name))),
      previousProducerID: row.isNull(3)
        ? nil : ProducerID(try row.integer(3, in: Plausible.count, of: name)),
      lastEpoch: row.isNull(4) ? nil : try row.int16(4, of: name),
      timeoutMilliseconds: try row.int32(5, in: 0 ... .max, of: name), state: state,
      partitions: partitions, groups: groups,
      startedAt: row.isNull(9) ? nil : try row.integer(9, in: Plausible.time, of: name),
      updatedAt: try row.integer(10, in: Plausible.time, of: name))
  }
}
