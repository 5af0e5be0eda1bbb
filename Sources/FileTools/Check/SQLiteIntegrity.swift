import SQLite
import SQLiteStore

/// SQLite's own checks. Of a file that nobody serves the whole at once; beside a broker table by table, each
/// a snapshot of its own, so that the write-ahead log can be emptied between them.
struct SQLiteIntegrity {
  private static let maxComplaints = 100

  private let check: LogCheck

  init(_ check: LogCheck) { self.check = check }

  func run() throws {
    try check.begin("SQLite's integrity check")
    if check.isServed {
      for table in try tables() {
        try check.withinLimit("integrity", table) { try run(on: table) }
      }
    } else {
      try run(on: nil)
    }
    try foreignKeys()
  }

  private func tables() throws -> [String] {
    let rows = try check.log.prepare(
      "SELECT name FROM sqlite_schema WHERE type = 'table' AND rootpage > 0 ORDER BY rowid")
    var names: [String] = []
    while try rows.step() { names.append(rows.text(0)) }
    return names
  }

  private func run(on table: String?) throws {
    let argument = table.map { SQL.identifier($0) } ?? "\(Self.maxComplaints)"
    let rows = try check.log.prepare("PRAGMA integrity_check(\(argument))")
    while try rows.step() {
      let line = rows.text(0)
      if line == "ok" { continue }
      for complaint in line.split(separator: "\n") { add(String(complaint), table) }
    }
  }

  private func add(_ complaint: String, _ table: String?) {
    let index = Self.index(in: complaint)
    check.add(
      .error, "integrity", index ?? table ?? "file", complaint,
      repair: index.map { .reindex($0) },
      advice: index == nil ? LogCheck.restore : nil)
  }

  /// `row 17 missing from index committers_by_member`, `wrong # of entries in index …`: the index is to be made
  /// anew from its table.
  private static func index(in complaint: String) -> String? {
    let words = complaint.split(separator: " ")
    guard complaint.hasPrefix("row ") || complaint.hasPrefix("wrong # of entries in index "),
      words.count >= 2, words[words.count - 2] == "index", let name = words.last,
      !name.hasPrefix("sqlite_autoindex_")
    else { return nil }
    return String(name)
  }

  /// Rows of partitions come before their topic's and go after it, a slice at a time: those have no records,
  /// or stand in `deleted_partitions`.
  private func foreignKeys() throws {
    try check.withinLimit("foreign keys", "file") {
      let rows = try check.log.prepare(
        """
        SELECT "table", rowid, parent FROM pragma_foreign_key_check
        WHERE NOT ("table" = 'partitions' AND rowid IN (
          SELECT id FROM partitions WHERE view_number = 0 AND next_offset = 0
          UNION ALL SELECT partition_id FROM deleted_partitions))
        LIMIT \(Self.maxComplaints)
        """)
      while try rows.step() {
        let row = rows.isNull(1) ? "a row" : "row \(rows.integer(1))"
        check.add(
          .error, "foreign keys", rows.text(0),
          "\(row) refers to a row of \(rows.text(2)) that is not there",
          advice: "a row was deleted by hand; delete what refers to it, too, or restore a backup")
      }
    }
  }
}
