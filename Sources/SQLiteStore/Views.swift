import ActaModel
import SQLite

/// The views that show people the records of all partitions in one place.
///
/// SQLite takes at most 500 arms in one compound SELECT, so that `messages` is a union of
/// `messages_<n>`, each a union over at most 400 record tables. Every arm has its topic and
/// partition as constants: a look-up by topic, partition and offset discards all arms but one, and
/// searches that one by rowid. The constants are CAST, because a column that is computed has no
/// affinity otherwise, and `partition = '3'` would find nothing; columns of tables stay bare, so that
/// they can be searched by. What else is computed is computed once, outside.
///
/// `messages` and the topics' own views hold text only, for tools that cannot show bytes. The bytes are
/// in `messages_raw` and `messages_<n>`, which have a `rowid` because Datasette addresses bytes by it.
///
/// What a transaction has written that is open or was aborted is in `messages_<n>` only, which says so in
/// `transaction_state`, and in `uncommitted_messages` and `aborted_messages`. For a partition that never had
/// such a transaction that column is a constant, and what asks for it costs nothing.
enum Views {
  /// Of the SQL below. A file whose views are of another version gets them anew at the start.
  static let version = "3"
  static let armsPerView = 400
  static let messages = "messages"
  static let raw = "messages_raw"
  static let uncommitted = "uncommitted_messages"
  static let aborted = "aborted_messages"

  struct Arm {
    let topic: String
    let number: Int
    let partition: PartitionID
    /// It may have transactions that are open or were aborted.
    let hasTransactions: Bool
  }

  /// A `messages_<n>`.
  struct Chunk {
    let number: Int64
    /// One of its arms may have transactions that are open or were aborted.
    let hasTransactions: Bool
  }

  private enum State {
    static let open = "open"
    static let aborted = "aborted"
    static let isCommitted = "transaction_state IS NULL"
  }

  private static let rawColumns =
    #"topic, partition, "offset", timestamp, key, value, headers, rowid, transaction_state"#

  private static let time = """
    CAST(CASE WHEN timestamp >= 0 THEN
      strftime('%Y-%m-%dT%H:%M:%S', timestamp / 1000, 'unixepoch')
        || printf('.%03dZ', timestamp % 1000) END AS TEXT) AS time
    """

  private static let readable = """
    topic, partition, "offset", timestamp,
    \(time),
    CAST(key AS TEXT) AS key, CAST(value AS TEXT) AS value, headers
    """

  private static let unchanged = """
    topic, partition, "offset", timestamp,
    \(time),
    key, value, headers, rowid
    """

  static func chunkName(_ number: Int64) -> String { "messages_\(number)" }

  static func chunk(_ number: Int64, arms: [Arm]) -> String {
    "CREATE VIEW \(chunkName(number))(\(rawColumns)) AS\n" + union(arms)
  }

  /// `messages` over the chunks there are.
  static func all(_ chunks: [Chunk]) -> String {
    "CREATE VIEW \(messages) AS\n" + (chunks.isEmpty ? nothing : committed(readable, chunks))
  }

  /// What `messages` leaves out: of transactions that are open.
  static func allUncommitted(_ chunks: [Chunk]) -> String { all(uncommitted, State.open, chunks) }

  /// What `messages` leaves out: of transactions that were aborted.
  static func allAborted(_ chunks: [Chunk]) -> String { all(aborted, State.aborted, chunks) }

  private static func all(_ view: String, _ state: String, _ chunks: [Chunk]) -> String {
    let arms = chunks.filter(\.hasTransactions).map {
      select(readable, from: $0, where: ["transaction_state = \(SQL.literal(state))"])
    }
    return "CREATE VIEW \(view) AS\n" + (arms.isEmpty ? nothing : union(arms))
  }

  /// `messages_raw` over the chunks there are.
  static func allRaw(_ chunks: [Chunk]) -> String {
    "CREATE VIEW \(raw) AS\n" + (chunks.isEmpty ? nothingRaw : committed(unchanged, chunks))
  }

  /// One topic's view: over its partitions, or, if they are more than one view can hold, over the
  /// chunks that have them. Without either it shows nothing.
  static func topic(_ viewName: String, name: String, arms: [Arm], chunks: [Chunk]) -> String {
    let head = "CREATE VIEW \(SQL.identifier(viewName)) AS\n"
    if arms.isEmpty, chunks.isEmpty { return head + nothing }
    guard arms.isEmpty else {
      let isMixed = arms.contains(where: \.hasTransactions)
      return head + "SELECT \(readable)\nFROM (\n\(union(arms))\n)"
        + (isMixed ? "\nWHERE \(State.isCommitted)" : "")
    }
    return head + committed(readable, chunks, where: ["topic = \(SQL.literal(name))"])
  }

  private static func committed(
    _ columns: String, _ chunks: [Chunk], where conditions: [String] = []
  ) -> String {
    union(
      chunks.map { chunk in
        let isMixed = chunk.hasTransactions ? [State.isCommitted] : []
        return select(columns, from: chunk, where: conditions + isMixed)
      })
  }

  private static func select(
    _ columns: String, from chunk: Chunk, where conditions: [String]
  ) -> String {
    "SELECT \(columns)\nFROM \(chunkName(chunk.number))"
      + (conditions.isEmpty ? "" : " WHERE " + conditions.joined(separator: " AND "))
  }

  private static func union(_ arms: [String]) -> String {
    arms.joined(separator: "\nUNION ALL\n")
  }

  private static func union(_ arms: [Arm]) -> String {
    let selects = arms.map { arm in
      """
      SELECT CAST(\(SQL.literal(arm.topic)) AS TEXT) AS topic, \
      CAST(\(arm.number) AS INTEGER) AS partition, \
      "offset", timestamp, key, value, headers, "offset" AS rowid, \
      CAST(\(state(of: arm)) AS TEXT) AS transaction_state \
      FROM \(RecordTables.name(arm.partition))\(arm.hasTransactions ? " AS r" : "")
      """
    }
    return union(selects)
  }

  /// One partition's records, as a table expression.
  static func records(_ arm: Arm) -> String { "(\(union([arm])))" }

  /// The batch that a record came in says by whom it was written, and that producer's last range before the
  /// record whether in a transaction that is open or was aborted. Where there is none in the partition now,
  /// that is found out once, and not for every record.
  private static func state(of arm: Arm) -> String {
    guard arm.hasTransactions else { return "NULL" }
    let partition = arm.partition.value
    return """
      CASE WHEN EXISTS (SELECT 1 FROM transaction_ranges WHERE partition_id = \(partition)) THEN (
        SELECT CASE WHEN x.last_offset IS NULL THEN \(SQL.literal(State.open))
          WHEN x.last_offset >= r."offset" THEN \(SQL.literal(State.aborted)) END
        FROM transaction_ranges AS x
        WHERE x.partition_id = \(partition) AND x.first_offset <= r."offset"
          AND x.producer_id = (
            SELECT b.producer_id FROM batches AS b
            WHERE b.partition_id = \(partition) AND b.base_offset <= r."offset"
            ORDER BY b.base_offset DESC LIMIT 1)
        ORDER BY x.first_offset DESC LIMIT 1) END
      """
  }

  /// The same columns and no rows.
  private static let nothing = """
    SELECT CAST(NULL AS TEXT) AS topic, CAST(NULL AS INTEGER) AS partition,
      CAST(NULL AS INTEGER) AS "offset", CAST(NULL AS INTEGER) AS timestamp,
      CAST(NULL AS TEXT) AS time, CAST(NULL AS TEXT) AS key, CAST(NULL AS TEXT) AS value,
      CAST(NULL AS TEXT) AS headers
    WHERE 0
    """

  private static let nothingRaw = """
    SELECT CAST(NULL AS TEXT) AS topic, CAST(NULL AS INTEGER) AS partition,
      CAST(NULL AS INTEGER) AS "offset", CAST(NULL AS INTEGER) AS timestamp,
      CAST(NULL AS TEXT) AS time, CAST(NULL AS BLOB) AS key, CAST(NULL AS BLOB) AS value,
      CAST(NULL AS TEXT) AS headers, CAST(NULL AS INTEGER) AS rowid
    WHERE 0
    """
}
