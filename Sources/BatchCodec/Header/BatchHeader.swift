package import ActaModel

/// The 61 bytes before the records of a batch, magic 2 (KafkaWire/PROTOCOL.md §5).
///
/// | byte | size | field |            | byte | size | field |
/// |-----:|-----:|-------|            |-----:|-----:|-------|
/// | 0    | 8    | base offset |      | 27   | 8    | base timestamp |
/// | 8    | 4    | batch length |     | 35   | 8    | max timestamp |
/// | 12   | 4    | leader epoch |     | 43   | 8    | producer id |
/// | 16   | 1    | magic |            | 51   | 2    | producer epoch |
/// | 17   | 4    | CRC-32C |          | 53   | 4    | base sequence |
/// | 21   | 2    | attributes |       | 57   | 4    | record count |
/// | 23   | 4    | last offset delta |
///
/// The CRC covers everything from byte 21 on, so base offset and leader epoch can be stamped
/// without a new checksum.
package struct BatchHeader: Equatable, Sendable {
  package static let size = 61
  /// Bytes before the part that `batchLength` counts.
  package static let lengthPrefix = 12

  package var baseOffset: Int64
  /// Bytes after the length field itself: the whole batch less 12.
  package var batchLength: Int32
  package var leaderEpoch: Int32
  package var magic: Int8
  package var crc: UInt32
  package var attributes: BatchAttributes
  package var lastOffsetDelta: Int32
  package var baseTimestamp: Int64
  package var maxTimestamp: Int64
  /// -1 if the producer is not idempotent.
  package var producerID: Int64
  package var producerEpoch: Int16
  package var baseSequence: Int32
  package var recordCount: Int32

  package init(
    baseOffset: Int64, batchLength: Int32 = 0, leaderEpoch: Int32 = -1, magic: Int8 = 2,
    crc: UInt32 = 0, attributes: BatchAttributes = [], lastOffsetDelta: Int32,
    baseTimestamp: Int64, maxTimestamp: Int64, producerID: Int64 = -1, producerEpoch: Int16 = -1,
    baseSequence: Int32 = -1, recordCount: Int32
  ) {
    self.baseOffset = baseOffset
    self.batchLength = batchLength
    self.leaderEpoch = leaderEpoch
    self.magic = magic
    self.crc = crc
    self.attributes = attributes
    self.lastOffsetDelta = lastOffsetDelta
    self.baseTimestamp = baseTimestamp
    self.maxTimestamp = maxTimestamp
    self.producerID = producerID
    self.producerEpoch = producerEpoch
    self.baseSequence = baseSequence
    self.recordCount = recordCount
  }

  /// `nil` if the producer is not idempotent.
  package var producer: ProducerID? { producerID < 0 ? nil : ProducerID(producerID) }

  package var lastOffset: Int64 { baseOffset + Int64(lastOffsetDelta) }

  /// Sequence of the last record; wraps from 2147483647 to 0.
  package var lastSequence: Int32 {
    baseSequence < 0 ? -1 : Int32((Int64(baseSequence) + Int64(lastOffsetDelta)) & 0x7fff_ffff)
  }
}

/// The attributes field of a batch: codec in bits 0–2, then flags.
package struct BatchAttributes: OptionSet, Hashable, Sendable {
  package let rawValue: Int16
  package init(rawValue: Int16) { self.rawValue = rawValue }

  /// Bit 3: every record reads as the batch's max timestamp.
  package static let logAppendTime = BatchAttributes(rawValue: 1 << 3)
  package static let transactional = BatchAttributes(rawValue: 1 << 4)
  package static let control = BatchAttributes(rawValue: 1 << 5)
  /// Bit 6: the base timestamp is a delete horizon (compaction only).
  package static let deleteHorizon = BatchAttributes(rawValue: 1 << 6)

  /// The codec's number, 0 to 7; 5 to 7 are not assigned.
  package var codecNumber: Int16 { rawValue & 7 }
  package var codec: CompressionCodec? { CompressionCodec(rawValue: codecNumber) }

  package func with(_ codec: CompressionCodec) -> BatchAttributes {
    BatchAttributes(rawValue: rawValue & ~7 | codec.rawValue)
  }
}

/// How the records of a batch are compressed; raw values are the wire's.
package enum CompressionCodec: Int16, Sendable, CaseIterable {
  case none = 0
  case gzip = 1
  case snappy = 2
  case lz4 = 3
  case zstd = 4
}
