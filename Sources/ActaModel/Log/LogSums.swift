/// What was ever appended to a partition, up to a place in its log. What was deleted meanwhile still counts,
/// so that the difference of two places is what came between them.
package struct LogSums: Equatable, Sendable {
  /// A control record is none.
  package let records: Int64
  package let bytes: Int64

  package init(records: Int64, bytes: Int64) {
    self.records = records
    self.bytes = bytes
  }

  package static let zero = LogSums(records: 0, bytes: 0)

  /// Of tables that others may have written to.
  package static func + (sums: LogSums, more: LogSums) -> LogSums {
    LogSums(records: sums.records &+ more.records, bytes: sums.bytes &+ more.bytes)
  }
}
