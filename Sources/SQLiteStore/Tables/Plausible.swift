import ActaModel
import LogStorage
import SQLite

/// Numbers that the log counts on from. A STRICT table takes any of 64 bits, from whoever writes to the
/// file beside us; arithmetic on what no log has written would stop the process without a word.
enum Plausible {
  static let count: ClosedRange<Int64> = 0...1 << 62
  /// Times may be of before 1970, and sums may be off by what others have deleted.
  static let signed: ClosedRange<Int64> = -(1 << 62)...1 << 62
}

extension Statement {
  /// The column's number, if it is in `range`.
  /// - Parameter what: What is being read, for the sentence that names the row.
  func integer(
    _ column: Int32, in range: ClosedRange<Int64>, of what: @autoclosure () -> String
  ) throws(StoreError) -> Int64 {
    let value = integer(column)
    guard range.contains(value) else {
      throw .unreadable(
        "\(what()) cannot be read: column \(column) is \(value), in: \(sql.prefix(200))")
    }
    return value
  }

  /// The column's offset, if it can be one.
  func offset(
    _ column: Int32, of what: @autoclosure () -> String
  ) throws(StoreError) -> Offset {
    Offset(try integer(column, in: Plausible.count, of: what()))
  }

  func leaderEpoch(_ column: Int32) -> LeaderEpoch {
    LeaderEpoch(Int32(truncatingIfNeeded: integer(column)))
  }
}
