import CSQLite

/// Statements of a text, one after the other, as a shell runs them.
package struct Script {
  private let text: [CChar]
  private let flags: UInt32
  private var position = 0

  /// - Parameter isKept: Whether its statements are run many times.
  package init(_ text: String, isKept: Bool = false) {
    self.text = Array(text.utf8CString)
    flags = isKept ? UInt32(SQLITE_PREPARE_PERSISTENT) : 0
  }

  /// A text that need not be UTF-8: what its literals hold is taken as it is.
  ///
  /// - Parameter bytes: Without a 0, at which SQLite would take the text to be over.
  package init(bytes: some Sequence<UInt8>) {
    text = bytes.map { CChar(bitPattern: $0) } + [0]
    flags = 0
  }

  /// Whether the text ends with a whole statement, so that no more of it need be waited for.
  package static func isComplete(_ text: String) -> Bool { sqlite3_complete(text) != 0 }

  /// The next statement; `nil` when only blanks and comments are left. It is prepared after those before it
  /// have run, whose tables it may name.
  package mutating func next(
    on connection: borrowing Connection
  ) throws(SQLiteError) -> Statement? {
    while position < text.count - 1 {
      var statement: OpaquePointer?
      var consumed = 0
      let code = text.withUnsafeBufferPointer { text in
        let start = text.baseAddress.unsafelyUnwrapped + position
        var tail: UnsafePointer<CChar>?
        let code = sqlite3_prepare_v3(connection.handle, start, -1, flags, &statement, &tail)
        consumed = tail.map { $0 - start } ?? 0
        return code
      }
      guard code == SQLITE_OK else {
        throw SQLiteError.last(of: connection.handle, code: code, operation: rest)
      }
      position += max(consumed, 1)
      if let statement { return Statement(taking: statement) }
    }
    return nil
  }

  private var rest: String {
    String(decoding: text[position...].dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
  }
}
