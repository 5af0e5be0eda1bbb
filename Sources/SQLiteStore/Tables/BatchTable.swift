import ActaModel
import BatchCodec
import CSQLite
import SQLite

/// The virtual table `acta_batch(o, t, k, v, h)`: the records of the batch that is being appended.
///
/// Rows enter through `INSERT INTO records_N SELECT … FROM acta_batch`, one statement a batch,
/// which is 1.3 times as fast as binding every row. The table is eponymous and lives on the
/// writer's connection only, and only the writer's own statements may name it: no trigger or view that
/// somebody has put into the file. Its callbacks run for every record: they touch no class and allocate nothing,
/// and lend the record's own bytes to SQLite, which copies them into its page before the next step.
final class BatchTable {
  private let walk: UnsafeMutablePointer<BatchWalk>

  /// The table must outlive every statement of `connection`.
  init(on connection: borrowing Connection) throws(SQLiteError) {
    walk = .allocate(capacity: 1)
    walk.initialize(to: BatchWalk())
    let code = sqlite3_create_module_v2(
      connection.handle, "acta_batch", batchTableModule, walk, nil)
    guard code == SQLITE_OK else {
      throw SQLiteError(
        extendedCode: code, message: "the module was refused", operation: "create_module")
    }
  }

  deinit {
    walk.deinitialize(count: 1)
    walk.deallocate()
  }

  /// Shows `records` in the table while `body` runs. `fixedTimestamp` stands for every record's
  /// own.
  func withBatch<R>(
    _ records: UnsafeRawBufferPointer, baseOffset: Offset, baseTimestamp: Int64,
    fixedTimestamp: Int64?, _ body: () throws(SQLiteError) -> R
  ) throws(SQLiteError) -> R {
    walk.pointee.show(
      records, baseOffset: baseOffset, baseTimestamp: baseTimestamp, fixedTimestamp: fixedTimestamp)
    defer { walk.pointee.show(UnsafeRawBufferPointer(start: nil, count: 0)) }
    return try body()
  }
}

/// Where the walk over a batch is.
private struct BatchWalk {
  private var records = UnsafeRawBufferPointer(start: nil, count: 0)
  private var cursor = ValidatedRecordCursor(UnsafeRawBufferPointer(start: nil, count: 0))
  private var baseOffset: Int64 = 0
  private var baseTimestamp: Int64 = 0
  private var fixedTimestamp: Int64?
  private var headersText: [UInt8] = []
  private(set) var record: RecordView?

  mutating func show(
    _ records: UnsafeRawBufferPointer, baseOffset: Offset = .zero, baseTimestamp: Int64 = 0,
    fixedTimestamp: Int64? = nil
  ) {
    self.records = records
    self.baseOffset = baseOffset.value
    self.baseTimestamp = baseTimestamp
    self.fixedTimestamp = fixedTimestamp
    restart()
  }

  mutating func restart() {
    cursor = ValidatedRecordCursor(records)
    record = cursor.next()
  }

  mutating func advance() { record = cursor.next() }

  var offset: Int64 { baseOffset &+ Int64(record.unsafelyUnwrapped.offsetDelta) }

  var timestamp: Int64 {
    fixedTimestamp ?? baseTimestamp &+ record.unsafelyUnwrapped.timestampDelta
  }

  /// Gives SQLite one column; called with a current record only.
  mutating func report(_ column: Int32, to context: OpaquePointer?) {
    switch column {
    case 0: sqlite3_result_int64(context, offset)
    case 1: sqlite3_result_int64(context, timestamp)
    case 2: Self.report(record.unsafelyUnwrapped.key, to: context)
    case 3: Self.report(record.unsafelyUnwrapped.value, to: context)
    default: reportHeaders(to: context)
    }
  }

  private static func report(_ bytes: UnsafeRawBufferPointer?, to context: OpaquePointer?) {
    guard let bytes else { return sqlite3_result_null(context) }
    // No destructor: the batch outlives the statement's step. An empty blob has an address too.
    sqlite3_result_blob64(context, bytes.baseAddress, UInt64(bytes.count), nil)
  }

  private mutating func reportHeaders(to context: OpaquePointer?) {
    let record = record.unsafelyUnwrapped
    guard record.headerCount > 0 else { return sqlite3_result_null(context) }
    HeadersJSON.encode(record, into: &headersText)
    headersText.withUnsafeBytes { text in
      sqlite3_result_text64(
        context, text.baseAddress?.assumingMemoryBound(to: CChar.self), UInt64(text.count),
        acta_sqlite3_transient(), UInt8(SQLITE_UTF8))
    }
  }
}

private typealias TablePointer = UnsafeMutablePointer<sqlite3_vtab>
private typealias CursorPointer = UnsafeMutablePointer<sqlite3_vtab_cursor>

@inline(__always)
private func walk(of cursor: CursorPointer?) -> UnsafeMutablePointer<BatchWalk> {
  let cursor = UnsafeMutableRawPointer(cursor.unsafelyUnwrapped)
    .assumingMemoryBound(to: acta_vtab_cursor.self)
  return cursor.pointee.context.assumingMemoryBound(to: BatchWalk.self)
}

/// The callbacks. SQLite keeps the pointer for the life of a connection, so it is never freed; it
/// is written here only, before SQLite has it.
private nonisolated(unsafe) let batchTableModule: UnsafePointer<sqlite3_module> = {
  let module = UnsafeMutablePointer<sqlite3_module>.allocate(capacity: 1)
  module.initialize(to: sqlite3_module())
  module.pointee.xConnect = { database, context, _, _, result, _ in
    let code = sqlite3_declare_vtab(database, "CREATE TABLE acta_batch(o, t, k, v, h)")
    guard code == SQLITE_OK else { return code }
    acta_sqlite3_vtab_config(database.unsafelyUnwrapped, SQLITE_VTAB_DIRECTONLY)
    let table = UnsafeMutablePointer<acta_vtab>.allocate(capacity: 1)
    table.initialize(to: acta_vtab(base: sqlite3_vtab(), context: context))
    result?.pointee = UnsafeMutableRawPointer(table).assumingMemoryBound(to: sqlite3_vtab.self)
    return SQLITE_OK
  }
  module.pointee.xDisconnect = { table in
    UnsafeMutableRawPointer(table.unsafelyUnwrapped)
      .assumingMemoryBound(to: acta_vtab.self).deallocate()
    return SQLITE_OK
  }
  module.pointee.xBestIndex = { _, plan in
    plan?.pointee.estimatedCost = 1
    return SQLITE_OK
  }
  module.pointee.xOpen = { table, result in
    let table = UnsafeMutableRawPointer(table.unsafelyUnwrapped)
      .assumingMemoryBound(to: acta_vtab.self)
    let cursor = UnsafeMutablePointer<acta_vtab_cursor>.allocate(capacity: 1)
    cursor.initialize(
      to: acta_vtab_cursor(base: sqlite3_vtab_cursor(), context: table.pointee.context))
    result?.pointee = UnsafeMutableRawPointer(cursor)
      .assumingMemoryBound(to: sqlite3_vtab_cursor.self)
    return SQLITE_OK
  }
  module.pointee.xClose = { cursor in
    UnsafeMutableRawPointer(cursor.unsafelyUnwrapped)
      .assumingMemoryBound(to: acta_vtab_cursor.self).deallocate()
    return SQLITE_OK
  }
  module.pointee.xFilter = { cursor, _, _, _, _ in
    walk(of: cursor).pointee.restart()
    return SQLITE_OK
  }
  module.pointee.xNext = { cursor in
    walk(of: cursor).pointee.advance()
    return SQLITE_OK
  }
  module.pointee.xEof = { cursor in walk(of: cursor).pointee.record == nil ? 1 : 0 }
  module.pointee.xColumn = { cursor, context, column in
    walk(of: cursor).pointee.report(column, to: context)
    return SQLITE_OK
  }
  module.pointee.xRowid = { cursor, result in
    result?.pointee = walk(of: cursor).pointee.offset
    return SQLITE_OK
  }
  return UnsafePointer(module)
}()
