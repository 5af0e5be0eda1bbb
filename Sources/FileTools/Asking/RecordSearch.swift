import ActaModel
import SQLite
package import SQLiteStore

/// Looks for records of a topic, in slices of so many offsets, each a snapshot of its own, until there are enough.
package struct RecordSearch {
  /// What a record must be like; all of it.
  package struct Condition: Sendable {
    package var key: [UInt8]?
    /// Bytes somewhere in the key or the value.
    package var text: [UInt8]?
    package var json: JSONCondition?
    /// Epoch milliseconds.
    package var since: Int64?
    package var until: Int64?
    /// Records of transactions that are open or were aborted, too.
    package var includesUncommitted = false

    package init() {}
  }

  package struct Match: Equatable, Sendable {
    package let topic: String
    package let partition: Int64
    package let offset: Int64
    /// Epoch milliseconds; -1: none.
    package let timestamp: Int64
    package let key: [UInt8]?
    package let value: [UInt8]?
    /// JSON, as the column `headers` keeps them; `nil`: none.
    package let headers: [UInt8]?
    /// `open` or `aborted`; `nil`: what everybody reads.
    package let transactionState: String?

    /// An object; bytes that are no text are `{"base64":"…"}`.
    package func appendJSON(to text: inout [UInt8]) {
      text += #"{"topic":"#.utf8
      SQLValue.text(Array(topic.utf8)).appendJSON(to: &text)
      text +=
        #","partition":\#(partition),"offset":\#(offset),"timestamp":\#(timestamp),"key":"#.utf8
      (key.map { .text($0) } ?? SQLValue.null).appendJSON(to: &text)
      text += #","value":"#.utf8
      (value.map { .text($0) } ?? SQLValue.null).appendJSON(to: &text)
      text += #","headers":"#.utf8
      text += headers ?? Array("[]".utf8)
      if let state = transactionState { text += #","transactionState":"\#(state)""#.utf8 }
      text.append(UInt8(ascii: "}"))
    }
  }

  private static let offsetsPerSlice: Int64 = 4_000

  private let log: StoredLog
  private let condition: Condition

  package init(_ log: StoredLog, _ condition: Condition) {
    self.log = log
    self.condition = condition
  }

  /// Calls `found` for each in the order of offsets, until it returns false.
  ///
  /// - Parameter progress: Called before each slice; throws what is to end the search.
  /// - Returns: False if it was `found` that ended it.
  package func run(
    in partition: StoredPartition, progress: () throws -> Void = {},
    found: (Match) throws -> Bool
  ) throws -> Bool {
    guard partition.hasTable, var next = try first(of: partition) else { return true }
    let rows = try log.prepare(sql(partition))
    while next < partition.nextOffset {
      try progress()
      let matches = try slice(rows, partition, from: next)
      for match in matches where try !found(match) { return false }
      guard let following = try offset(in: partition, after: next + Self.offsetsPerSlice - 1) else {
        break
      }
      next = following
    }
    return true
  }

  private func first(of partition: StoredPartition) throws -> Int64? {
    guard let since = condition.since else { return partition.logStartOffset }
    return try log.offset(atOrAfter: since, in: partition)
  }

  /// Where the next record is: there may be none for a long way.
  private func offset(in partition: StoredPartition, after offset: Int64) throws -> Int64? {
    let row = try log.prepare("SELECT min(\"offset\") FROM \(partition.table) WHERE \"offset\" > ?")
    try row.bind(offset, at: 1)
    return try row.step() ? row.nullableInteger(0) : nil
  }

  private func slice(
    _ rows: borrowing Statement, _ partition: StoredPartition, from offset: Int64
  ) throws -> [Match] {
    try rows.bind(offset, at: 1)
    try rows.bind(min(offset + Self.offsetsPerSlice, partition.nextOffset) - 1, at: 2)
    try bindCondition(to: rows)
    var matches: [Match] = []
    while try rows.step() {
      matches.append(
        Match(
          topic: partition.topic, partition: partition.number, offset: rows.integer(0),
          timestamp: rows.integer(1), key: rows.isNull(2) ? nil : rows.bytes(2),
          value: rows.isNull(3) ? nil : rows.bytes(3),
          headers: rows.isNull(4) ? nil : rows.bytes(4), transactionState: rows.nullableText(5)))
    }
    return matches
  }

  // MARK: SQL

  private func sql(_ partition: StoredPartition) -> String {
    var conditions = [#""offset" BETWEEN ?1 AND ?2"#]
    if condition.key != nil { conditions.append("key = ?3") }
    if condition.text != nil { conditions.append("(instr(value, ?4) > 0 OR instr(key, ?4) > 0)") }
    if let json = condition.json { conditions.append(json.sql(value: "CAST(value AS TEXT)", 5, 6)) }
    if condition.since != nil { conditions.append("timestamp >= ?7") }
    if condition.until != nil { conditions.append("timestamp < ?8") }
    if !condition.includesUncommitted { conditions.append("transaction_state IS NULL") }
    return """
      SELECT "offset", timestamp, key, value, headers, transaction_state FROM \(partition.recordsSQL)
      WHERE \(conditions.joined(separator: " AND ")) ORDER BY "offset"
      """
  }

  private func bindCondition(to rows: borrowing Statement) throws {
    if let key = condition.key { try rows.bind(key, at: 3) }
    if let text = condition.text { try rows.bind(text, at: 4) }
    try condition.json?.bind(to: rows, 5, 6)
    if let since = condition.since { try rows.bind(since, at: 7) }
    if let until = condition.until { try rows.bind(until, at: 8) }
  }
}
