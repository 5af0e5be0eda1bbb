import ActaModel
import BatchCodec
import Coordination
import LogStorage

/// Tombstones that everybody has had the time to read.
extension CompactionPass {
  func nextTombstone(_ isStored: Bool) throws(CompactionFailure) -> Int64? {
    guard isStored else { return nil }
    let id = id
    return try access.read { reader throws(ReadFailure) in try reader.nextTombstone(of: id) }
  }

  /// Deletes those that are due, and what the index has of them. The log's last record stays: Kafka never
  /// compacts it, and there are readers that are done only when they have seen it.
  mutating func deleteTombstones() throws(CompactionFailure) {
    let end = access.view.bounds(of: id)?.highWatermark ?? .zero
    while true {
      let (id, now) = (id, now)
      let due = try access.read { reader throws(ReadFailure) in
        try reader.dueTombstones(of: id, at: now, limit: Slice.keys).filter { $0.offset + 1 < end }
      }
      if due.isEmpty { return }
      var removal = RecordRemoval(due.map(\.offset.value).sorted())
      try run(&removal) { $0.isTombstone }
      try write(removing: due, adding: [], firstDirty: state.firstDirtyOffset)
    }
  }
}
