import ActaModel
import SQLite

/// The views that show people the records of all partitions in one place.
///
/// SQLite takes at most 500 arms in one compound SELECT, so that `messages` is a union of
/// `messages_<n>`, each a union over at most 400 record tables. Every arm has its topic and
/// partition as constants: a look-up by topic, partition and offset discards all arms but one, and
/// searches that one by rowid. The arms are bare because every connection keeps them parsed; what
/// is computed is computed once, outside.
enum Views {
  static let armsPerView = 400

  struct Arm {
    let topic: String
    let number: Int
    let partition: PartitionID
  }

  private static let bareColumns = #"topic, partition, "offset", timestamp, key, value, headers"#

  private static let readableColumns = """
    topic, partition, "offset", timestamp,
    CASE WHEN timestamp >= 0 THEN
      strftime('%Y-%m-%dT%H:%M:%S', timestamp / 1000, 'unixepoch')
        || printf('.%03dZ', timestamp % 1000) END AS time,
    CAST(key AS TEXT) AS key, CAST(value AS TEXT) AS value, headers,
    key AS key_bytes, value AS value_bytes
    """

  static func chunkName(_ number: Int64) -> String { "messages_\(number)" }

  static func chunk(_ number: Int64, arms: [Arm]) -> String {
    "CREATE VIEW \(chunkName(number))(\(bareColumns)) AS\n" + union(arms)
  }

  /// `messages` over the chunks there are.
  static func all(_ chunks: [Int64]) -> String {
    let arms = chunks.map { "SELECT \(readableColumns)\nFROM \(chunkName($0))" }
    return "CREATE VIEW messages AS\n"
      + (arms.isEmpty ? nothing : arms.joined(separator: "\nUNION ALL\n"))
  }

  /// One topic's view: over its partitions, or, if they are more than one view can hold, over the
  /// chunks that have them.
  static func topic(_ viewName: String, name: String, arms: [Arm], chunks: [Int64]) -> String {
    let head = "CREATE VIEW \(SQL.identifier(viewName)) AS\n"
    if arms.isEmpty, chunks.isEmpty { return head + nothing }
    guard arms.isEmpty else {
      return head + "SELECT \(readableColumns)\nFROM (\n\(union(arms))\n)"
    }
    return head
      + chunks.map {
        "SELECT \(readableColumns)\nFROM \(chunkName($0)) WHERE topic = \(SQL.literal(name))"
      }.joined(separator: "\nUNION ALL\n")
  }

  private static func union(_ arms: [Arm]) -> String {
    arms.map { arm in
      """
      SELECT \(SQL.literal(arm.topic)) AS topic, \(arm.number) AS partition, \
      "offset", timestamp, key, value, headers FROM \(RecordTables.name(arm.partition))
      """
    }.joined(separator: "\nUNION ALL\n")
  }

  /// The same columns and no rows.
  private static let nothing = """
    SELECT NULL AS topic, NULL AS partition, NULL AS "offset", NULL AS timestamp, NULL AS time,
      NULL AS key, NULL AS value, NULL AS headers, NULL AS key_bytes, NULL AS value_bytes
    WHERE 0
    """
}
