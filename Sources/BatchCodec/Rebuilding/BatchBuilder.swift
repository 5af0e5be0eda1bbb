/// Makes the batch of a producer: records in, bytes of a produce request out.
package struct BatchBuilder: Sendable {
  private var rebuilder: BatchRebuilder?
  private var header: BatchHeader
  private let capacity: Int

  /// Without a producer id the batch is not idempotent.
  ///
  /// - Parameter capacity: How many bytes of records are expected.
  package init(
    producerID: Int64 = -1, producerEpoch: Int16 = -1, baseSequence: Int32 = -1,
    attributes: BatchAttributes = [], capacity: Int = 0
  ) {
    self.capacity = capacity
    header = BatchHeader(
      baseOffset: 0, attributes: attributes, lastOffsetDelta: -1, baseTimestamp: -1,
      maxTimestamp: -1,
      producerID: producerID, producerEpoch: producerEpoch, baseSequence: baseSequence,
      recordCount: 0)
  }

  package var count: Int { Int(rebuilder?.count ?? 0) }
  /// Bytes of the batch so far, uncompressed.
  package var size: Int { BatchHeader.size + (rebuilder?.recordsSize ?? 0) }

  package mutating func append(
    timestamp: Int64, key: UnsafeRawBufferPointer?, value: UnsafeRawBufferPointer?,
    headers: RecordHeaders = RecordHeaders()
  ) {
    if rebuilder == nil {
      header.baseTimestamp = timestamp
      rebuilder = BatchRebuilder(header: header, capacity: capacity)
    }
    let index = count
    header.maxTimestamp = max(header.maxTimestamp, timestamp)
    header.lastOffsetDelta = Int32(index)
    rebuilder?.append(
      offset: Int64(index), timestamp: timestamp, key: key, value: value, headers: headers)
  }

  package mutating func append(
    timestamp: Int64, key: [UInt8]?, value: [UInt8]?, headers: [RecordHeader] = []
  ) {
    var encoded = RecordHeaders()
    for header in headers { encoded.append(header) }
    Self.lend(key) { key in
      Self.lend(value) { append(timestamp: timestamp, key: key, value: $0, headers: encoded) }
    }
  }

  /// The batch; at least one record must have been appended.
  package consuming func finish(
    compression: CompressionCodec = .none, level: Int? = nil
  ) -> [UInt8] {
    guard var rebuilder else { preconditionFailure("a batch has at least one record") }
    rebuilder.header = header
    return rebuilder.seal(compression: compression, level: level)
  }

  private static func lend(_ bytes: [UInt8]?, _ body: (UnsafeRawBufferPointer?) -> Void) {
    guard let bytes else { return body(nil) }
    bytes.withUnsafeBytes { body($0) }
  }
}
