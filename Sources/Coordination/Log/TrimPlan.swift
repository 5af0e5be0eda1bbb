package import ActaModel

/// How far the start of a log moves in one slice. Large trims are made of slices, so that appends get
/// their turn and the write-ahead log stays small.
package struct TrimSlice: Equatable, Sendable {
  /// Where the log starts after the slice.
  package let reached: Offset
  /// The base offset of the batch inside which that is, if it is inside one.
  package let straddled: Offset?
  /// What it costs, as `BatchSummary.weight` counts.
  package let weight: Int64

  /// - Parameter first: The log's first batches, those that begin at or above `target` left out.
  /// - Parameter isWhole: Those are all there are below `target`; otherwise more may follow.
  /// - Parameter budget: What the slice may weigh; its first batch goes whatever it weighs.
  package init(
    _ first: [BatchSummary], isWhole: Bool = true, to target: Offset, budget: Int64 = .max
  ) {
    var weight: Int64 = 0
    var straddled: Offset?
    for (index, batch) in first.enumerated() {
      let (sum, isBeyond) = weight.addingReportingOverflow(batch.weight)
      if index > 0, isBeyond || sum > budget {
        reached = batch.baseOffset
        self.straddled = nil
        self.weight = weight
        return
      }
      weight = isBeyond ? .max : sum
      if batch.lastOffset >= target { straddled = batch.baseOffset }
    }
    let isCut = !isWhole && straddled == nil
    reached = if isCut, let last = first.last { last.lastOffset + 1 } else { target }
    self.straddled = straddled
    self.weight = weight
  }
}

extension BatchSummary {
  private static let batchWeight: Int64 = 512
  private static let recordWeight: Int64 = 128

  /// What it takes to delete the batch, in bytes that take as long: of rows of 1,000 bytes 2.4 µs each, of
  /// rows of 100 bytes 0.5 µs, and about a microsecond for the batch's own row.
  package var weight: Int64 { Self.weight(records: recordCount, bytes: sizeBytes) }

  /// The same of any batch.
  package static func weight(records: Int64, bytes: Int64) -> Int64 {
    batchWeight + records * recordWeight + bytes
  }
}

extension RetentionPolicy {
  /// The offset below which the policy keeps nothing of these batches, the log's first; `nil` when it
  /// keeps all of them. Batches go whole, from the start on; one that holds the high watermark stays.
  ///
  /// As in Kafka, with batches in place of segments: one is old when its newest record is, going by its
  /// append where no record has a time, so that one from the future stays until that has come, and whatever
  /// is behind it; and the newest `maxBytes` always stay, so that one goes only if they are left without
  /// it.
  package func end(
    of first: [BatchSummary], sizeBytes: Int64, highWatermark: Offset
  ) -> Offset? {
    var end: Offset?
    var size = sizeBytes
    for batch in first {
      guard batch.lastOffset < highWatermark else { break }
      let timestamp = batch.maxTimestamp >= 0 ? batch.maxTimestamp : batch.appendedAt
      let isOld = deleteBeforeTimestamp.map { timestamp < $0 } ?? false
      let isTooMuch = maxBytes.map { size - batch.sizeBytes >= $0 } ?? false
      guard isOld || isTooMuch else { break }
      end = batch.lastOffset + 1
      size -= batch.sizeBytes
    }
    return end
  }
}
