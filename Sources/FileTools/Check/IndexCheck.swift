import ActaModel
import SQLite
package import SQLiteStore

/// What look-ups by time go by: the running maximum of the batches, which never falls and is never below a batch's
/// own. The index by offset is the primary key of `batches`.
package struct IndexCheck {
  package struct Mismatch: Equatable, Sendable {
    package let offset: Int64
    package let indexTimestamp: Int64
    package let logTimestamp: Int64
  }

  private static let maxMismatches = 100

  private let log: StoredLog

  package init(_ log: StoredLog) { self.log = log }

  package func run(_ partition: StoredPartition) throws -> [Mismatch] {
    let rows = try log.prepare(
      """
      SELECT base_offset, max_timestamp_so_far, expected FROM (
        SELECT base_offset, max_timestamp_so_far,
          max(max_timestamp, coalesce(lag(max_timestamp_so_far) OVER (ORDER BY base_offset), max_timestamp))
            AS expected
        FROM batches WHERE partition_id = ?)
      WHERE max_timestamp_so_far < expected LIMIT \(Self.maxMismatches)
      """)
    try rows.bind(partition.id.value, at: 1)
    var mismatches: [Mismatch] = []
    while try rows.step() {
      mismatches.append(
        Mismatch(
          offset: rows.integer(0), indexTimestamp: rows.integer(1), logTimestamp: rows.integer(2)))
    }
    return mismatches
  }
}
