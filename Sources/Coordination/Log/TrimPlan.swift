package import ActaModel

/// How far the start of a log moves in one slice. Large trims are made of slices, so that appends get
/// their turn and the write-ahead log stays small.
package struct TrimSlice: Equatable, Sendable {
  package static let batches = 1_000
  package static let records: Int64 = 50_000

  /// Where the log starts after the slice.
  package let reached: Offset
  /// The base offset of the batch inside which that is, if it is inside one.
  package let straddled: Offset?

  /// - Parameter first: The log's first batches, up to `batches` of them, those that begin at or above
  ///   `target` left out.
  package init(_ first: [BatchSummary], to target: Offset) {
    var seen: Int64 = 0
    var straddled: Offset?
    for (index, batch) in first.enumerated() {
      if index == Self.batches - 1 || seen >= Self.records {
        reached = batch.baseOffset
        self.straddled = nil
        return
      }
      seen += batch.recordCount
      if batch.lastOffset >= target { straddled = batch.baseOffset }
    }
    reached = target
    self.straddled = straddled
  }
}

extension RetentionPolicy {
  /// The offset below which the policy keeps nothing of these batches, the log's first; `nil` when it
  /// keeps all of them. Batches go whole, from the start on; one that holds the high watermark stays.
  package func end(
    of first: [BatchSummary], sizeBytes: Int64, highWatermark: Offset
  ) -> Offset? {
    var end: Offset?
    var size = sizeBytes
    for batch in first {
      guard batch.lastOffset < highWatermark else { break }
      let timestamp = batch.maxTimestamp >= 0 ? batch.maxTimestamp : batch.appendedAt
      let isOld = deleteBeforeTimestamp.map { timestamp < $0 } ?? false
      let isTooMuch = maxBytes.map { size > $0 } ?? false
      guard isOld || isTooMuch else { break }
      end = batch.lastOffset + 1
      size -= batch.sizeBytes
    }
    return end
  }
}
