import ActaModel
import LogStorage
import SQLite

/// What a deleted topic leaves in tables and views, which goes a slice at a time: its partitions' rows, what
/// groups have committed for them, and their places in `messages_<n>`.
///
/// The topic itself has gone at once. From then on its partitions stand in `partitions` and
/// `deleted_partitions`, which makes them nobody's; while they do, their record tables stay, because a view
/// may name them. At a start what is in both is found again.
final class TopicRemains {
  /// What a turn takes: positions are a row in the audit trail each, of which every group may have one for
  /// each partition.
  static let partitionsOfSlice = 500

  private let database: Database
  private let positions: PositionTable
  /// There may be rows in both tables.
  private(set) var mayHaveSome = true
  /// `messages_<n>` that may still show some; `nil` when that is to be looked up.
  private var chunks: Set<Int64>?

  init(_ database: Database, positions: PositionTable) {
    self.database = database
    self.positions = positions
  }

  /// After a rollback.
  func forget() {
    mayHaveSome = true
    chunks = nil
  }

  /// The topic's row is about to go.
  ///
  /// - Parameter chunks: `messages_<n>` that show its records and are not made anew with this turn.
  func leave(_ topicRow: Int64, chunks: Set<Int64>, at now: Int64) throws(SQLiteError) {
    try database.run(
      "INSERT OR IGNORE INTO deleted_partitions SELECT id, ? FROM partitions WHERE topic_id = ?",
      now, topicRow)
    self.chunks?.formUnion(chunks)
    mayHaveSome = true
  }

  /// Some of the views that are to be made anew; when there are none, partitions may go.
  func takeChunks(_ count: Int) throws(SQLiteError) -> [Int64] {
    var waiting = if let chunks { chunks } else { try lookUpChunks() }
    let taken = Array(waiting.sorted().prefix(count))
    waiting.subtract(taken)
    chunks = waiting
    return taken
  }

  private func lookUpChunks() throws(SQLiteError) -> Set<Int64> {
    var found: Set<Int64> = []
    let rows = try database.prepare(
      """
      SELECT DISTINCT view_number FROM deleted_partitions JOIN partitions AS p ON p.id = partition_id
      WHERE view_number > 0 AND topic_id NOT IN (SELECT id FROM topics)
      """)
    while try rows.step() { found.insert(rows.integer(0)) }
    return found
  }

  /// Takes away the next partitions. No view may show them.
  func slice(at now: Int64) throws {
    let rows = try database.kept(
      """
      SELECT p.id FROM deleted_partitions JOIN partitions AS p ON p.id = partition_id
      WHERE topic_id NOT IN (SELECT id FROM topics) ORDER BY p.id LIMIT ?
      """)
    try rows.statement.bind(Int64(Self.partitionsOfSlice), at: 1)
    var next: [PartitionID] = []
    while try rows.statement.step() { next.append(PartitionID(rows.statement.integer(0))) }
    rows.statement.reset()
    try forget(next, at: now)
    mayHaveSome = next.count == Self.partitionsOfSlice
  }

  /// Takes away these partitions. What is left is their tables and batches, for those that have any.
  func forget(_ partitions: [PartitionID], at now: Int64) throws {
    try positions.forgetAll(in: partitions, at: now)
    for run in PartitionID.runs(of: partitions) {
      try database.run(
        """
        DELETE FROM deleted_partitions WHERE partition_id IN (
          SELECT id FROM partitions
          WHERE id BETWEEN ? AND ? AND view_number = 0 AND next_offset = 0)
        """, run.lowerBound, run.upperBound)
      try database.run(
        "DELETE FROM stored_partitions WHERE id BETWEEN ? AND ?", run.lowerBound, run.upperBound)
    }
  }
}
