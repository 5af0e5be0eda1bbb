package import BatchCodec
import SQLite

/// A batch's row beside what its records make of it now.
package struct InspectedBatch {
  package let baseOffset: Int64
  package let lastOffset: Int64
  /// What the row claims: bytes, records, CRC-32C of the records section.
  package let sizeBytes: Int64
  package let recordCount: Int64
  package let recordsCRC: Int64
  /// Epoch milliseconds, the broker's clock.
  package let appendedAt: Int64
  /// Epoch milliseconds, of this and all batches before it.
  package let maxTimestampSoFar: Int64
  /// As the producer sent it, where the stored batch has none; `nil`: there is no such codec.
  package let codecAsSent: CompressionCodec?
  /// `nil` when the row holds what no log has written; `problem` says what.
  package let rebuilt: RebuiltBatch?
  package let problem: String?

  /// - Parameter row: `StoredBatch.columns`, `appended_at`, `max_timestamp_so_far`.
  init(_ row: borrowing Statement, _ rebuilt: RebuiltBatch?, problem: String? = nil) {
    baseOffset = row.integer(0)
    lastOffset = row.integer(1)
    recordCount = row.integer(2)
    codecAsSent = CompressionCodec(rawValue: Int16(truncatingIfNeeded: row.integer(5) & 7))
    sizeBytes = row.integer(10)
    recordsCRC = row.integer(11)
    appendedAt = row.integer(StoredBatch.columnCount)
    maxTimestampSoFar = row.integer(StoredBatch.columnCount + 1)
    self.rebuilt = rebuilt
    self.problem = problem
  }

  /// As it is sent to consumers.
  package var header: BatchHeader? { rebuilt.flatMap { BatchHeader(parsing: $0.bytes) } }

  /// The records are those that were acknowledged.
  package var isValid: Bool {
    guard let rebuilt else { return false }
    return Int64(rebuilt.recordCount) == recordCount && Int64(rebuilt.recordsCRC) == recordsCRC
  }
}
