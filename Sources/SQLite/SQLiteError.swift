import CSQLite

/// A result code other than success, with what SQLite said and what was being done.
package struct SQLiteError: Error, Hashable, Sendable {
  /// The extended result code (`SQLITE_IOERR_FSYNC`, `SQLITE_CONSTRAINT_PRIMARYKEY`, …).
  package let extendedCode: Int32
  package let message: String
  /// The SQL text, or the name of the C function.
  package let operation: String

  package init(extendedCode: Int32, message: String, operation: String) {
    self.extendedCode = extendedCode
    self.message = message
    self.operation = operation
  }

  /// The primary result code.
  package var code: Int32 { extendedCode & 0xff }

  /// The disk, or what the system calls a disk, gave up: nothing is certain after it.
  package var isStorageFailure: Bool {
    switch code {
    case _ where isFull: false
    case SQLITE_IOERR, SQLITE_CORRUPT, SQLITE_NOTADB, SQLITE_CANTOPEN, SQLITE_READONLY,
      SQLITE_NOLFS:
      true
    default: false
    }
  }

  /// The statement makes no sense to SQLite: a table that it names is missing, say.
  package var isGeneric: Bool { code == SQLITE_ERROR }
  /// There was no room for a page of the database, or for one of the log's index (the extended code
  /// `SQLITE_IOERR_SHMSIZE`, a macro with a shift that Swift does not see).
  package var isFull: Bool { code == SQLITE_FULL || extendedCode == SQLITE_IOERR | 19 << 8 }
  package var isBusy: Bool { code == SQLITE_BUSY || code == SQLITE_LOCKED }
  /// The connection may not write.
  package var isReadOnly: Bool { code == SQLITE_READONLY }

  /// An authorizer has denied it.
  package var isDenied: Bool { code == SQLITE_AUTH }
  /// It ran for longer than it may.
  package var isInterrupted: Bool { code == SQLITE_INTERRUPT }
  package var isConstraint: Bool { code == SQLITE_CONSTRAINT }
  package var isNotADatabase: Bool { code == SQLITE_NOTADB }
  /// The file is not what SQLite has written.
  package var isCorruption: Bool { code == SQLITE_CORRUPT || code == SQLITE_NOTADB }
}

extension SQLiteError: CustomStringConvertible {
  package var description: String {
    let name = String(cString: sqlite3_errstr(extendedCode))
    return "\(message) (SQLite code \(extendedCode), \(name)) in: \(operation.prefix(200))"
  }
}

extension SQLiteError {
  /// What `database` has to say about the call that has just returned `code`.
  static func last(of database: OpaquePointer?, code: Int32, operation: String) -> SQLiteError {
    guard let database else {
      return SQLiteError(
        extendedCode: code, message: String(cString: sqlite3_errstr(code)), operation: operation)
    }
    let extended = sqlite3_extended_errcode(database)
    // The database's own code belongs to the last call; another one would tell of something else.
    guard extended & 0xff == code & 0xff else {
      return SQLiteError(
        extendedCode: code, message: String(cString: sqlite3_errstr(code)), operation: operation)
    }
    return SQLiteError(
      extendedCode: extended, message: String(cString: sqlite3_errmsg(database)),
      operation: operation)
  }
}
