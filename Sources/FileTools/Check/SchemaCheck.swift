import SQLite
import SQLiteStore

/// Tables, indexes, views and triggers, and the tables with records.
struct SchemaCheck {
  private let check: LogCheck

  init(_ check: LogCheck) { self.check = check }

  func run() throws {
    try check.begin("schema")
    try check.log.snapshot {
      for difference in try check.log.schemaDifferences() { add(difference) }
      try recordTables()
    }
  }

  private func add(_ difference: SchemaDifference) {
    let what = "\(difference.kind.rawValue) \(difference.name)"
    let `is` = difference.isPresent ? "is not as this version makes it" : "is missing"
    guard difference.kind != .table else {
      return check.add(.error, "schema", what, `is`, advice: LogCheck.restore)
    }
    check.add(
      .error, "schema", what, `is`,
      repair: difference.sql == nil ? .views : .schema(difference))
  }

  private func recordTables() throws {
    let rows = try check.log.prepare(
      """
      SELECT t.name || '-' || p.number, 'records_' || p.id
      FROM partitions AS p JOIN topics AS t ON t.id = p.topic_id
      WHERE p.view_number > 0 AND NOT EXISTS (
        SELECT 1 FROM sqlite_schema WHERE type = 'table' AND name = 'records_' || p.id)
      """)
    while try rows.step() {
      check.add(
        .error, "schema", rows.text(0), "the table \(rows.text(1)) with its records is missing",
        advice: LogCheck.restore)
    }
    let orphans = try check.log.prepare(
      """
      SELECT name FROM sqlite_schema WHERE type = 'table' AND name GLOB 'records_[0-9]*'
        AND CAST(substr(name, 9) AS INTEGER) NOT IN (
          SELECT id FROM partitions UNION ALL SELECT partition_id FROM deleted_partitions)
      """)
    while try orphans.step() {
      check.add(
        .warning, "schema", "table \(orphans.text(0))", "belongs to no partition",
        advice: "drop it if nobody needs its rows")
    }
  }
}
