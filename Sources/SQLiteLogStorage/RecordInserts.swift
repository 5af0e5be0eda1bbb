import ActaModel
import SQLite

/// The prepared inserts, up to two per partition, the least recently used given up first.
struct RecordInserts {
  /// Where the rows' numbers, their offsets, come from.
  enum Numbering {
    /// From the batch. SQLite looks each one up first, in case it is taken.
    case explicit
    /// SQLite's own: one more than the largest. It then appends without looking, which took 1.17
    /// times as many rows a second (100-byte values, the loop of tools/bench).
    case following
  }

  private struct Key: Hashable {
    let partition: PartitionID
    let numbering: Numbering
  }

  final class Insert {
    let statement: Statement
    var lastUse: UInt64 = 0

    init(_ statement: consuming Statement) { self.statement = statement }
  }

  private let capacity: Int
  private var inserts: [Key: Insert] = [:]
  private var uses: UInt64 = 0

  init(capacity: Int) { self.capacity = max(1, capacity) }

  mutating func insert(
    into partition: PartitionID, _ numbering: Numbering, on connection: borrowing Connection
  ) throws(SQLiteError) -> Insert {
    uses += 1
    let key = Key(partition: partition, numbering: numbering)
    if let insert = inserts[key] {
      insert.lastUse = uses
      return insert
    }
    if inserts.count >= capacity,
      let oldest = inserts.min(by: { $0.value.lastUse < $1.value.lastUse })
    {
      inserts[oldest.key] = nil
    }
    let table = RecordTable.name(partition)
    let statement =
      switch numbering {
      case .explicit:
        try connection.prepare(
          """
          INSERT INTO \(table)("offset", timestamp, key, value, headers)
          SELECT o, t, k, v, h FROM acta_batch
          """)
      case .following:
        try connection.prepare(
          "INSERT INTO \(table)(timestamp, key, value, headers) SELECT t, k, v, h FROM acta_batch")
      }
    let insert = Insert(statement)
    insert.lastUse = uses
    inserts[key] = insert
    return insert
  }

  /// The table is about to be dropped, or everything is.
  mutating func forget(_ partition: PartitionID) {
    inserts[Key(partition: partition, numbering: .explicit)] = nil
    inserts[Key(partition: partition, numbering: .following)] = nil
  }
  mutating func removeAll() { inserts = [:] }
}

/// The table with a partition's records; its rowid is the offset.
enum RecordTable {
  static func name(_ partition: PartitionID) -> String { "records_\(partition.value)" }

  static func definition(_ partition: PartitionID) -> String {
    """
    CREATE TABLE \(name(partition))(
      "offset" INTEGER PRIMARY KEY, -- within the partition
      timestamp INTEGER NOT NULL,   -- epoch milliseconds; -1: none
      key BLOB,                     -- as sent
      value BLOB,                   -- as sent
      headers TEXT                  -- JSON: [["name","text"],["name",{"base64":"…"}],["name",null]]
    ) STRICT
    """
  }
}
