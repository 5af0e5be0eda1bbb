import BatchCodec

/// A batch as a broker sends it.
struct StoredBatch {
  var baseOffset: Int64
  /// By offset delta.
  var records: [(delta: Int32, value: String)]
  /// What compaction has left of the batch may end before it.
  var lastOffsetDelta: Int32
  var producerID: Int64 = -1
  var attributes: BatchAttributes = []
  var codec = CompressionCodec.none

  init(at baseOffset: Int64, _ values: String...) {
    self.baseOffset = baseOffset
    records = values.enumerated().map { (Int32($0), $1) }
    lastOffsetDelta = Int32(values.count) - 1
  }

  /// The end of a transaction.
  static func marker(at offset: Int64, _ producerID: Int64, isCommit: Bool) -> Self {
    var batch = Self(at: offset, "")
    batch.producerID = producerID
    batch.attributes = [.control, .transactional]
    batch.key = [0, 0, 0, isCommit ? 1 : 0]
    return batch
  }

  private var key: [UInt8]?

  func of(_ producerID: Int64) -> Self {
    var batch = self
    batch.producerID = producerID
    batch.attributes.insert(.transactional)
    return batch
  }

  func with(_ codec: CompressionCodec) -> Self {
    var batch = self
    batch.codec = codec
    return batch
  }

  /// Without the records at these deltas.
  func compacted(_ deltas: Int32...) -> Self {
    var batch = self
    batch.records.removeAll { deltas.contains($0.delta) }
    return batch
  }

  var bytes: [UInt8] {
    var builder = BatchRebuilder(
      header: BatchHeader(
        baseOffset: baseOffset, leaderEpoch: 3, attributes: attributes,
        lastOffsetDelta: lastOffsetDelta, baseTimestamp: 1_000, maxTimestamp: 2_000,
        producerID: producerID, producerEpoch: producerID < 0 ? -1 : 0, recordCount: 0))
    for (delta, value) in records {
      let (key, value) = (key ?? [], Array(value.utf8))
      key.withUnsafeBytes { key in
        value.withUnsafeBytes { value in
          builder.append(
            offset: baseOffset + Int64(delta), timestamp: 1_000 + Int64(delta),
            key: key.isEmpty ? nil : key, value: value)
        }
      }
    }
    return builder.finish(compression: codec).bytes
  }
}
