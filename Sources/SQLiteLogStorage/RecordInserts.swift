import ActaModel
import SQLite

/// The prepared inserts, one per partition, the least recently used given up first.
struct RecordInserts {
  final class Insert {
    let statement: Statement
    var lastUse: UInt64 = 0

    init(_ statement: consuming Statement) { self.statement = statement }
  }

  private let capacity: Int
  private var inserts: [PartitionID: Insert] = [:]
  private var uses: UInt64 = 0

  init(capacity: Int) { self.capacity = max(1, capacity) }

  mutating func insert(
    into partition: PartitionID, on connection: borrowing Connection
  ) throws(SQLiteError) -> Insert {
    uses += 1
    if let insert = inserts[partition] {
      insert.lastUse = uses
      return insert
    }
    if inserts.count >= capacity,
      let oldest = inserts.min(by: { $0.value.lastUse < $1.value.lastUse })
    {
      inserts[oldest.key] = nil
    }
    let statement = try connection.prepare(
      """
      INSERT INTO \(RecordTable.name(partition))("offset", timestamp, key, value, headers)
      SELECT o, t, k, v, h FROM acta_batch
      """)
    let insert = Insert(statement)
    insert.lastUse = uses
    inserts[partition] = insert
    return insert
  }

  /// The table is about to be dropped, or everything is.
  mutating func forget(_ partition: PartitionID) { inserts[partition] = nil }
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
