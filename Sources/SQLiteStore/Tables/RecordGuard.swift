import ActaModel
import SQLite

/// Triggers that keep other processes from putting rows at a log's end, where the next record belongs.
///
/// They cost the broker nothing: on its own connection they do not run (`TriggerSwitch`). But SQLite reads
/// the whole schema for each one that is made, so that a file with very many partitions would take four
/// times as long to make them. Those beyond a bound have none; what is put at the end of such a
/// partition by hand stays there, and the log goes on behind it.
enum RecordGuard {
  static let maxPartitions = 1_000

  private static func name(_ partition: PartitionID) -> String {
    RecordTables.name(partition) + "_guard"
  }

  static func definition(_ partition: PartitionID) -> String {
    let table = RecordTables.name(partition)
    return """
      CREATE TRIGGER \(name(partition)) AFTER INSERT ON \(table)
      WHEN sqlite_source_id() <> 'acta' AND NEW."offset" >= (
        SELECT next_offset FROM partitions WHERE id = \(partition.value))
      BEGIN
        SELECT raise(ABORT, '\(table) is written by the broker, which gives the offsets: produce to it');
      END
      """
  }

  /// At a start: for partitions from before there were any, and where one has been dropped.
  static func complete(in database: Database) throws(SQLiteError) {
    let tables = try database.integer("SELECT count(*) FROM partitions WHERE view_number > 0")
    guard tables ?? 0 <= maxPartitions else { return }
    let missing = try unguarded(in: database)
    if missing.isEmpty { return }
    let transaction = try database.connection.beginImmediate()
    for partition in missing { try database.execute(definition(partition)) }
    try transaction.commit()
  }

  private static func unguarded(in database: Database) throws(SQLiteError) -> [PartitionID] {
    var tables: Set<String> = []
    var triggers: Set<String> = []
    let schema = try database.prepare(
      "SELECT type, name FROM sqlite_schema WHERE type IN ('table', 'trigger')")
    while try schema.step() {
      if schema.text(0) == "table" {
        tables.insert(schema.text(1))
      } else {
        triggers.insert(schema.text(1))
      }
    }
    var missing: [PartitionID] = []
    let partitions = try database.prepare("SELECT id FROM partitions ORDER BY id")
    while try partitions.step() {
      let partition = PartitionID(partitions.integer(0))
      if tables.contains(RecordTables.name(partition)), !triggers.contains(name(partition)) {
        missing.append(partition)
      }
    }
    return missing
  }
}
