import ActaModel
import CSQLite
import LogStorage
import SQLite

/// Gives the views over topics the SQL that `Views` makes now, and the names that `TopicViewName` allows,
/// where an older program has made them otherwise: once a version, at a start.
///
/// Their texts are changed where SQLite keeps them, in `sqlite_schema`, because DROP VIEW and CREATE VIEW
/// each read all of that table: for 5,000 topics they took 23 seconds, and this takes a tenth of one.
struct ViewUpgrade {
  private struct Wanted {
    let oldName: String
    let name: String
    let sql: String
  }

  private let database: Database
  private let cluster: ClusterTable
  private let views: TopicViews
  /// Rows of `sqlite_schema` by what SQL takes their names for.
  private let present: [String: Int64]

  static func run(_ database: Database, _ cluster: ClusterTable) throws {
    let found = try cluster.viewsVersion()
    if found == Views.version { return }
    let transaction = try database.connection.beginImmediate()
    let upgrade = try ViewUpgrade(database, cluster)
    if found == nil { try upgrade.refuseForeign(Views.raw) }
    if (found.flatMap { Int($0) } ?? 0) < 3 {
      try upgrade.refuseForeign(Views.uncommitted)
      try upgrade.refuseForeign(Views.aborted)
    }
    try upgrade.write()
    try cluster.setViewsVersion(Views.version)
    try transaction.commit()
    // SQLite has the old texts in memory.
    try database.execute("PRAGMA writable_schema = RESET")
  }

  /// Names of views that are not in the file, or not as they would be made now; those of topics that have no
  /// records may be still to be made.
  static func differences(in database: Database) throws -> [String] {
    let cluster = try ClusterTable(database)
    // Those of another version are made anew by the next start.
    guard try cluster.viewsVersion() == Views.version else { return [] }
    let upgrade = try ViewUpgrade(database, cluster)
    let text = try database.prepare("SELECT sql FROM sqlite_schema WHERE rowid = ?")
    return try upgrade.present(wanted: upgrade.asNamed() + upgrade.shared()) { row in
      text.reset()
      try text.bind(row, at: 1)
      return try text.step() ? text.text(0) : nil
    }
  }

  private func present(
    wanted: [Wanted], sql: (Int64) throws -> String?
  ) throws -> [String] {
    try wanted.compactMap { view in
      guard let row = present[TopicViewName.folded(view.name)] else { return view.name }
      return try sql(row) == view.sql ? nil : view.name
    }
  }

  /// The topics' views under the names that they have.
  private func asNamed() -> [Wanted] {
    views.entries.values.filter { !$0.tables.isEmpty }.sorted { $0.rowID < $1.rowID }
      .map { same($0.viewName, views.definition(of: $0)) }
  }

  /// Makes all of them anew, inside a transaction that is under way.
  static func restore(in database: Database) throws {
    let cluster = try ClusterTable(database)
    try ViewUpgrade(database, cluster).write()
  }

  private init(_ database: Database, _ cluster: ClusterTable) throws {
    self.database = database
    self.cluster = cluster
    views = try TopicViews(database)
    var present: [String: Int64] = [:]
    let rows = try database.prepare("SELECT name, rowid FROM sqlite_schema")
    while try rows.step() { present[TopicViewName.folded(rows.text(0))] = rows.integer(1) }
    self.present = present
  }

  /// Before the first version of ours that has it, a view of that name is an application's.
  private func refuseForeign(_ view: String) throws(StoreError) {
    guard present[view] != nil else { return }
    throw .unreadable(
      "the file has a table or view \(view) that Acta has not made, and Acta needs the name:"
        + " rename it first")
  }

  // MARK: What there should be

  private func wanted() throws -> [Wanted] { try renamed() + shared() }

  private func shared() -> [Wanted] {
    let chunks = views.chunksInUse
    let numbered = chunks.map(\.number).map {
      same(Views.chunkName($0), Views.chunk($0, arms: views.arms(ofView: $0)))
    }
    return numbered + [
      same(Views.messages, Views.all(chunks)), same(Views.raw, Views.allRaw(chunks)),
      same(Views.uncommitted, Views.allUncommitted(chunks)),
      same(Views.aborted, Views.allAborted(chunks)),
    ]
  }

  private func same(_ name: String, _ sql: String) -> Wanted {
    Wanted(oldName: name, name: name, sql: sql)
  }

  /// The topics' views; renames them in `topics` where they must be.
  private func renamed() throws -> [Wanted] {
    let entries = views.entries.values.sorted { $0.rowID < $1.rowID }
    let ours = Set(entries.map { TopicViewName.folded($0.viewName) })
    var taken = Set(present.keys).subtracting(ours)
    let names = entries.map { entry in
      let name = freeName(for: entry, taken)
      taken.insert(TopicViewName.folded(name))
      return name
    }
    try rename(zip(entries, names).filter { $0.viewName != $1 })
    return zip(entries, names).map { entry, name in
      var renamed = entry
      renamed.viewName = name
      return Wanted(oldName: entry.viewName, name: name, sql: views.definition(of: renamed))
    }
  }

  private func freeName(for entry: TopicViews.Entry, _ taken: Set<String>) -> String {
    let plain = TopicViewName.plain(entry.name)
    let isAlone = views.namesakes(of: entry.name).count == 1
    if isAlone, !taken.contains(TopicViewName.folded(plain)) { return plain }
    var number = entry.rowID
    while true {
      let name = TopicViewName.numbered(entry.name, number)
      if !taken.contains(TopicViewName.folded(name)) { return name }
      number += 1
    }
  }

  private func rename(_ changed: [(TopicViews.Entry, String)]) throws(SQLiteError) {
    let update = try database.prepare("UPDATE topics SET view_name = ? WHERE id = ?")
    // Out of each other's way first: one's new name may be another's old one.
    let passing = changed.map { ($0.0.rowID, "#\($0.0.rowID)") }
    for (row, name) in passing + changed.map({ ($0.0.rowID, $0.1) }) {
      try update.bind(name, at: 1)
      try update.bind(row, at: 2)
      try update.run()
    }
  }

  // MARK: Writing it

  private func write() throws {
    let wanted = try wanted()
    try database.connection.configure(SQLITE_DBCONFIG_DEFENSIVE, false)
    try database.execute("PRAGMA writable_schema = ON")
    let result = Result { try replace(wanted) }
    // However that went, the schema is out of reach again.
    try database.execute("PRAGMA writable_schema = OFF")
    try database.connection.configure(SQLITE_DBCONFIG_DEFENSIVE, true)
    try result.get()
  }

  private func replace(_ wanted: [Wanted]) throws(SQLiteError) {
    let change = try database.prepare(
      "UPDATE sqlite_schema SET name = ?1, tbl_name = ?1, sql = ?2 WHERE rowid = ?3")
    let insert = try database.prepare(
      "INSERT INTO sqlite_schema(type, name, tbl_name, rootpage, sql) VALUES ('view', ?1, ?1, 0, ?2)"
    )
    for view in wanted {
      let row = present[TopicViewName.folded(view.oldName)]
      if row != nil, view.name != view.oldName { try dropTriggers(on: view.oldName) }
      try write(view, to: row, change, insert)
    }
    let version = try database.connection.integer("PRAGMA schema_version") ?? 0
    try database.execute("PRAGMA schema_version = \(version + 1)")
  }

  private func write(
    _ view: Wanted, to row: Int64?, _ change: borrowing Statement, _ insert: borrowing Statement
  ) throws(SQLiteError) {
    guard let row else {
      try insert.bind(view.name, at: 1)
      try insert.bind(view.sql, at: 2)
      return try insert.run()
    }
    try change.bind(view.name, at: 1)
    try change.bind(view.sql, at: 2)
    try change.bind(row, at: 3)
    try change.run()
  }

  /// An application's, instead of writing to the view: they name it, and would be of nothing.
  private func dropTriggers(on view: String) throws(SQLiteError) {
    let delete = try database.prepare(
      "DELETE FROM sqlite_schema WHERE type = 'trigger' AND tbl_name = ? COLLATE NOCASE")
    try delete.bind(view, at: 1)
    try delete.run()
  }
}
