import ActaModel
import Coordination

/// What the writer has of a partition: its log as decisions know it, ahead of its row only inside a
/// turn. After a rollback it is dropped and read anew.
final class PartitionState {
  var log: PartitionLog
  /// The row is behind, and what is published is.
  var isDirty = false

  init(_ row: PartitionRow) { log = PartitionLog(row) }

  var id: PartitionID { log.id }
}
