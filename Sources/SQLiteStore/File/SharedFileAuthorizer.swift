import CSQLite
import Glibc
import SQLite

/// What another program's connection may not do to a log's file, whatever it may write there: checkpoint it, drop or
/// alter what the log itself consists of, and take names that it may need. A broker that runs would stop, or no longer
/// notice what others change, and none would start again.
enum SharedFileAuthorizer {
  static func watch(_ connection: borrowing Connection) {
    sqlite3_set_authorizer(
      connection.handle,
      { _, action, first, second, database, _ in
        // VACUUM makes all there is once more, in a database of its own.
        if let database, strcmp(database, "vacuum_db") == 0 { return SQLITE_OK }
        return SharedFileAuthorizer.forbids(action, first, second) ? SQLITE_DENY : SQLITE_OK
      }, nil)
  }

  private static func forbids(
    _ action: Int32, _ first: UnsafePointer<CChar>?, _ second: UnsafePointer<CChar>?
  ) -> Bool {
    if action == SQLITE_PRAGMA {
      return first.map { Connection.sharingForbids(pragma: $0, value: second) } ?? false
    }
    let name = first.map { String(cString: $0) } ?? ""
    return switch action {
    case SQLITE_DROP_TABLE: LogNames.isTable(name)
    case SQLITE_DROP_VIEW: LogNames.isView(name)
    case SQLITE_DROP_INDEX: LogNames.isIndex(name)
    case SQLITE_DROP_TRIGGER: LogNames.isTrigger(name)
    case SQLITE_CREATE_TABLE, SQLITE_CREATE_VIEW, SQLITE_CREATE_VTABLE: LogNames.isReserved(name)
    // Its first word is the database's name.
    case SQLITE_ALTER_TABLE: LogNames.isReserved(second.map { String(cString: $0) } ?? "")
    default: false
    }
  }
}
