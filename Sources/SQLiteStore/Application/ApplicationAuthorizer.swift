import CSQLite
import SQLite

/// Says of each statement of an application, when SQLite prepares it, whether it keeps to what is the application's:
/// it may read everything, and write to tables that are not the log's.
///
/// SQLite asks it for every statement of the connection once it is there, and prepares all of them anew whenever
/// another is set. So there is one, set when the first application comes, and it lets through whatever is prepared
/// while none is at work.
final class ApplicationAuthorizer {
  /// Whether it is an application's statement that is prepared.
  private var isAtWork = false
  /// What was refused since `during` began.
  private(set) var refusal: String?
  /// Whether the statement changes the schema.
  private(set) var changesSchema = false
  private(set) var renames = false

  /// It must live as long as the connection.
  func watch(_ connection: borrowing Connection) throws(SQLiteError) {
    let code = sqlite3_set_authorizer(
      connection.handle,
      { context, action, first, second, _, _ in
        guard let context else { return SQLITE_OK }
        // Sound: the store that owns both lets go of the connection first.
        let authorizer = Unmanaged<ApplicationAuthorizer>.fromOpaque(context).takeUnretainedValue()
        guard authorizer.isAtWork else { return SQLITE_OK }
        return authorizer.allows(
          action, first.map { String(cString: $0) } ?? "", second.map { String(cString: $0) } ?? "")
          ? SQLITE_OK : SQLITE_DENY
      }, Unmanaged.passUnretained(self).toOpaque())
    guard code == SQLITE_OK else {
      throw SQLiteError(
        extendedCode: code, message: "an authorizer could not be set",
        operation: "sqlite3_set_authorizer")
    }
  }

  /// What is prepared in `body` is an application's.
  func during<R>(_ body: () throws(SQLiteError) -> R) throws(SQLiteError) -> R {
    isAtWork = true
    refusal = nil
    changesSchema = false
    renames = false
    defer { isAtWork = false }
    return try body()
  }

  private func allows(_ action: Int32, _ first: String, _ second: String) -> Bool {
    let objection = objection(to: action, first, second)
    if let objection, refusal == nil { refusal = objection }
    return objection == nil
  }

  /// - Parameter first: What it is done to.
  /// - Parameter second: Of an index or a trigger the table; of a table that is altered its name.
  private func objection(to action: Int32, _ first: String, _ second: String) -> String? {
    switch action {
    case SQLITE_SELECT, SQLITE_READ, SQLITE_FUNCTION, SQLITE_RECURSIVE: return nil
    case SQLITE_INSERT, SQLITE_UPDATE, SQLITE_DELETE: return objection(toWriting: first)
    default: return objection(toChanging: action, first, second)
    }
  }

  private func objection(toWriting table: String) -> String? {
    // What a change of the schema entails; nobody else may write there, which SQLite sees to.
    if table == "sqlite_master" || table == "sqlite_schema" { return nil }
    if table.hasPrefix("sqlite_"), changesSchema { return nil }
    return LogNames.isReserved(table) || table.hasPrefix("sqlite_")
      ? "\(table) is the log's own, which a statement may read and not write" : nil
  }

  private func objection(toChanging action: Int32, _ first: String, _ second: String) -> String? {
    let taken = "the name \(first) is kept for the log's own tables and views"
    let own = "\(first) is the log's own"
    switch action {
    case SQLITE_CREATE_TABLE, SQLITE_CREATE_VIEW:
      changesSchema = true
      return LogNames.isReserved(first) ? taken : nil
    case SQLITE_CREATE_INDEX, SQLITE_CREATE_TRIGGER:
      changesSchema = true
      if LogNames.isReserved(second) { return "\(second) is the log's own" }
      return LogNames.isReserved(first) ? taken : nil
    case SQLITE_DROP_TABLE:
      changesSchema = true
      return LogNames.isTable(first) ? own : nil
    case SQLITE_DROP_VIEW:
      changesSchema = true
      return LogNames.isView(first) ? own : nil
    case SQLITE_DROP_INDEX, SQLITE_DROP_TRIGGER:
      changesSchema = true
      return LogNames.isReserved(second) ? "\(second) is the log's own" : nil
    case SQLITE_ALTER_TABLE:
      changesSchema = true
      renames = true
      return LogNames.isTable(second) ? "\(second) is the log's own" : nil
    default: return Self.objection(toOther: action)
    }
  }

  private static func objection(toOther action: Int32) -> String {
    switch action {
    case SQLITE_TRANSACTION, SQLITE_SAVEPOINT:
      "the transaction is begun and ended for it: there is no BEGIN, COMMIT, ROLLBACK or SAVEPOINT in it"
    case SQLITE_PRAGMA: "there is no PRAGMA in it: the connection is the log's"
    case SQLITE_ATTACH, SQLITE_DETACH: "there is one database in it"
    case SQLITE_CREATE_TEMP_TABLE, SQLITE_CREATE_TEMP_VIEW, SQLITE_CREATE_TEMP_INDEX,
      SQLITE_CREATE_TEMP_TRIGGER, SQLITE_DROP_TEMP_TABLE, SQLITE_DROP_TEMP_VIEW,
      SQLITE_DROP_TEMP_INDEX, SQLITE_DROP_TEMP_TRIGGER:
      "nothing temporary is made on the log's connection"
    case SQLITE_CREATE_VTABLE, SQLITE_DROP_VTABLE: "there is no virtual table in it"
    default: "there is no ANALYZE or REINDEX in it, or whatever else this is"
    }
  }
}
