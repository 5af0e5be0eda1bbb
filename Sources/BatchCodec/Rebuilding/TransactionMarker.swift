package import ActaModel

/// The control record that says how a transaction has ended in a partition (KafkaWire/PROTOCOL.md §15):
/// key `version int16 = 0, type int16` (0 abort, 1 commit), value `version int16 = 0, coordinator epoch int32`.
package struct TransactionMarker: Equatable, Sendable {
  private static let keyVersion: Int16 = 0
  private static let valueVersion: Int16 = 0

  package let producer: ProducerClaim
  package let isCommit: Bool
  package let coordinatorEpoch: Int32

  package init(producer: ProducerClaim, isCommit: Bool, coordinatorEpoch: Int32) {
    self.producer = producer
    self.isCommit = isCommit
    self.coordinatorEpoch = coordinatorEpoch
  }

  /// What a control record says, without whose transaction it is; `nil` for one of another kind.
  package static func outcome(
    of record: RecordView
  ) -> (isCommit: Bool, coordinatorEpoch: Int32)? {
    guard let key = record.key, key.count >= 4, let value = record.value, value.count >= 6 else {
      return nil
    }
    let kind: Int16 = key.bigEndian(at: 2)
    guard kind == 0 || kind == 1 else { return nil }
    return (kind == 1, value.bigEndian(at: 2))
  }

  /// The control batch to be appended at `time`, epoch milliseconds.
  package func batch(at time: Int64) -> ProducedBatch {
    var builder = BatchBuilder(
      producerID: producer.id.value, producerEpoch: producer.epoch,
      attributes: [.transactional, .control])
    builder.append(timestamp: time, key: key, value: value)
    let bytes = builder.finish()
    guard let header = BatchHeader(parsing: bytes) else {
      preconditionFailure("a batch that was built has a header")
    }
    let records = bytes[BatchHeader.size...]
    return ProducedBatch(
      bytes: bytes, uncompressedRecords: nil, header: header,
      recordsCRC: records.withUnsafeBytes { CRC32C.checksum($0) }, recordsSize: records.count)
  }

  private var key: [UInt8] {
    Self.bigEndian(Self.keyVersion) + Self.bigEndian(Int16(isCommit ? 1 : 0))
  }

  private var value: [UInt8] {
    Self.bigEndian(Self.valueVersion) + Self.bigEndian(coordinatorEpoch)
  }

  private static func bigEndian(_ number: some FixedWidthInteger) -> [UInt8] {
    withUnsafeBytes(of: number.bigEndian) { [UInt8]($0) }
  }
}
