import ActaModel
import BatchCodec
import Coordination
import LogStorage

/// What a pass finds that has become useless.
extension CompactionPass {
  /// Drops what leads nowhere, and batches of which nothing is left and that nobody needs any more.
  mutating func tidyUp() throws(CompactionFailure) {
    try dropUselessBatches()
    let id = id
    let records = try access.write { turn in
      turn.writer.partitions[id].map { .success($0.log.row.recordCount) }
        ?? .failure(.unknownPartition(id))
    }
    if state.keyCount > 2 * max(0, records) + Int64(Slice.keys) { try sweepIndex() }
  }

  private mutating func sweepIndex() throws(CompactionFailure) {
    var last: CompactionKey?
    while true {
      let (id, after) = (id, last)
      let keys = try access.read { reader throws(ReadFailure) in
        try reader.compactionKeys(of: id, after: after, limit: Slice.keys)
      }
      guard let end = keys.last else { return }
      let gone = keys.filter { $0.offset < start }
      if !gone.isEmpty {
        try write(removing: gone, adding: [], firstDirty: state.firstDirtyOffset)
      }
      last = end
    }
  }

  private mutating func dropUselessBatches() throws(CompactionFailure) {
    var at = start
    let end = state.firstDirtyOffset
    var markers = UselessMarkers()
    while at < end {
      let (id, from) = (id, at)
      let batches = try access.read { reader throws(ReadFailure) in
        try reader.summaries(of: id, from: from, below: end, limit: Slice.keys)
      }
      guard let last = batches.last else { return }
      at = last.lastOffset + 1
      let useless = batches.compactMap { markers.pass($0) } + batches.filter { $0.recordCount == 0 }
      var slice: [BatchRewrite] = []
      for batch in useless.sorted(by: { $0.baseOffset < $1.baseOffset }) {
        // The first may begin below the log's start, where nobody may read.
        let found = try self.batches(from: max(batch.baseOffset, start), below: end, bytes: 0)
        guard let bytes = found.first?.bytes,
          let rest = BatchRest(of: bytes, without: { _ in false }),
          rest.header.baseOffset == batch.baseOffset.value
        else { continue }
        slice.append(batch.isMarker ? BatchRewrite(marker: rest) : BatchRewrite(rest))
      }
      if slice.isEmpty { continue }
      let emptied = slice
      let done = try access.write { turn in try turn.rewrite(emptied, of: id) }
      if done.isStale { throw .stale }
    }
  }
}
