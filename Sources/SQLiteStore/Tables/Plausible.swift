import ActaModel
import LogStorage
import SQLite

/// Numbers that the log counts on from. A STRICT table takes any of 64 bits, from whoever writes to the
/// file beside us; arithmetic on what no log has written would stop the process without a word.
enum Plausible {
  static let count: ClosedRange<Int64> = 0...1 << 62
  /// Times may be of before 1970.
  static let time: ClosedRange<Int64> = -(1 << 62)...1 << 62
  /// Sums may be off by what others have deleted. All partitions' together stay within 64 bits.
  static let sum: ClosedRange<Int64> = -(1 << 46)...1 << 46
  /// Rowids that this log gives.
  static let id: ClosedRange<Int64> = 1...1 << 62
}

/// A row, for the sentence that says which of its values cannot be read.
struct RowName {
  let table: String
  let row: String

  init(_ table: String, _ row: String) {
    self.table = table
    self.row = row
  }
}

/// Columns that are read only if a log can have written them. Each names the row by a closure that is
/// called for the sentence alone.
extension Statement {
  func integer(
    _ column: Int32, in range: ClosedRange<Int64>, of row: @autoclosure () -> RowName
  ) throws(StoreError) -> Int64 {
    let value = integer(column)
    guard isInteger(column), range.contains(value) else {
      throw unreadable(
        column, "an integer from \(range.lowerBound) to \(range.upperBound)", of: row())
    }
    return value
  }

  /// The column's offset, if it can be one.
  func offset(_ column: Int32, of row: @autoclosure () -> RowName) throws(StoreError) -> Offset {
    Offset(try integer(column, in: Plausible.count, of: row()))
  }

  /// The column's leader epoch: any that a client may name.
  func leaderEpoch(
    _ column: Int32, of row: @autoclosure () -> RowName
  ) throws(StoreError) -> LeaderEpoch {
    LeaderEpoch(try int32(column, in: .min ... .max, of: row()))
  }

  func int16(_ column: Int32, of row: @autoclosure () -> RowName) throws(StoreError) -> Int16 {
    Int16(try int32(column, in: Int32(Int16.min)...Int32(Int16.max), of: row()))
  }

  func int32(
    _ column: Int32, in range: ClosedRange<Int32>, of row: @autoclosure () -> RowName
  ) throws(StoreError) -> Int32 {
    let wide = Int64(range.lowerBound)...Int64(range.upperBound)
    return Int32(try integer(column, in: wide, of: row()))
  }

  func anyInteger(
    _ column: Int32, of row: @autoclosure () -> RowName
  ) throws(StoreError) -> Int64 {
    try integer(column, in: .min ... .max, of: row())
  }

  func string(_ column: Int32, of row: @autoclosure () -> RowName) throws(StoreError) -> String {
    guard isText(column), let text = withBytes(column, { String(validating: $0, as: UTF8.self) })
    else { throw unreadable(column, "a text in UTF-8", of: row()) }
    return text
  }

  /// `nil` for NULL.
  func nullableString(
    _ column: Int32, of row: @autoclosure () -> RowName
  ) throws(StoreError) -> String? {
    isNull(column) ? nil : try string(column, of: row())
  }

  func blob(_ column: Int32, of row: @autoclosure () -> RowName) throws(StoreError) -> [UInt8] {
    guard isBlob(column) else { throw unreadable(column, "a blob", of: row()) }
    return bytes(column)
  }

  /// - Parameter expected: What a log would have written.
  func unreadable(
    _ column: Int32, _ expected: String, of row: @autoclosure () -> RowName
  ) -> StoreError {
    let row = row()
    return .unreadable(
      "\(row.table) cannot be read: in row \(row.row), \(columnName(column)) is"
        + " \(literal(column)), not \(expected)")
  }
}

/// What is read for one request only: a row that cannot be read costs that one.
func readingForRequest<R>(_ body: () throws -> R) throws(StoreError) -> R {
  do throws(StoreError) {
    return try translated(body)
  } catch {
    if case .unreadable(let sentence) = error { throw .damaged(sentence) }
    throw error
  }
}
