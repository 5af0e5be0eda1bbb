package import ActaModel
import SQLite

/// A row of the view `partitions` with its topic, as it stands there: nothing of it has been judged.
package struct StoredPartition: Equatable, Sendable {
  package let id: PartitionID
  package let topic: String
  /// Within the topic, from 0.
  package let number: Int64
  package let logStartOffset: Int64
  package let nextOffset: Int64
  package let recordCount: Int64
  package let sizeBytes: Int64
  /// It has had a record.
  package let hasTable: Bool
  package let hasTransactions: Bool

  static let columns = """
    p.id, t.name, p.number, p.log_start_offset, p.next_offset, p.record_count, p.size_bytes,
    p.view_number > 0, t.has_transactions
    """

  init(_ row: borrowing Statement) {
    id = PartitionID(row.integer(0))
    topic = row.text(1)
    number = row.integer(2)
    logStartOffset = row.integer(3)
    nextOffset = row.integer(4)
    recordCount = row.integer(5)
    sizeBytes = row.integer(6)
    hasTable = row.integer(7) != 0
    hasTransactions = row.integer(8) != 0
  }

  /// `orders-0`, as Kafka names the folder of a partition's log.
  package var name: String { "\(topic)-\(number)" }

  /// The table with its records.
  package var table: String { RecordTables.name(id) }

  /// A table expression of `offset`, `timestamp`, `key`, `value`, `headers` and `transaction_state` of its records.
  package var recordsSQL: String {
    Views.records(
      Views.Arm(
        topic: topic, number: Int(number), partition: id, hasTransactions: hasTransactions))
  }
}
