package import ActaModel

/// A batch that has passed every check that needs no knowledge of its partition: what a broker may
/// append. Offsets and producer sequences are the log's to decide.
package struct ProducedBatch: Sendable {
  /// The whole batch as it was accepted, header included. Consumers get its records with another
  /// header before them: `header`, with the place in the log that an append gives it.
  package var bytes: [UInt8]
  /// The records section uncompressed, when `bytes` holds it compressed; otherwise `nil`, and the
  /// records are `bytes[61...]`.
  package let uncompressedRecords: [UInt8]?
  /// As the log is to keep it, but for the place there. Under LogAppendTime the time is the broker's
  /// when the batch was accepted, until the log, which has an order, gives it another.
  package private(set) var header: BatchHeader
  /// CRC-32C of the records section as it is rebuilt from rows: uncompressed, varints minimal,
  /// record attributes 0; under LogAppendTime with every timestamp delta 0. Kept with the batch, so
  /// that a cold read can tell whether the rows still are what was sent.
  package let recordsCRC: UInt32
  /// Bytes of the records section as rebuilt from rows.
  package let recordsSize: Int

  package init(
    bytes: [UInt8], uncompressedRecords: [UInt8]?, header: BatchHeader, recordsCRC: UInt32,
    recordsSize: Int
  ) {
    precondition(bytes.count >= BatchHeader.size, "a batch has at least its header")
    self.bytes = bytes
    self.uncompressedRecords = uncompressedRecords
    self.header = header
    self.recordsCRC = recordsCRC
    self.recordsSize = recordsSize
  }

  /// The batch as one appended at `time`, epoch milliseconds; the same batch unless it is LogAppendTime.
  package func appended(at time: Int64) -> ProducedBatch {
    guard header.attributes.contains(.logAppendTime), header.maxTimestamp != time else {
      return self
    }
    var stamped = header
    stamped.maxTimestamp = time
    var batch = self
    batch.header = stamped.resealed(from: header)
    return batch
  }
}

/// What a topic's configuration and the request demand of a batch.
package struct BatchRules: Sendable {
  /// `max.message.bytes`: the size of the whole batch as sent.
  package var maxMessageBytes: Int = 1_048_588
  /// `message.timestamp.type` is LogAppendTime.
  package var usesLogAppendTime = false
  /// `message.timestamp.before.max.ms` and `message.timestamp.after.max.ms`.
  package var timestampBeforeMaxMilliseconds: Int64 = .max
  package var timestampAfterMaxMilliseconds: Int64 = 3_600_000
  /// `compression.type`: `nil` is `producer`, keep what came; otherwise the codec to store with.
  package var compression: CompressionCodec?
  /// Level for `compression`, of the codec's own scale; `nil` is its default.
  package var compressionLevel: Int?
  /// `orders-0`, for an error's sentence.
  package var subject = ""
  /// The topic's `cleanup.policy` has `compact`: every record needs a key.
  package var requiresKeys = false
  /// Produce below v7 may not carry zstd.
  package var allowsZstd = true
  /// The most that one batch may decompress to; a header's claim is never trusted.
  package var maxDecompressedBytes = 64 << 20

  package init() {}
}

/// Why a batch was refused: the code for the partition, a sentence, and the records at fault.
package struct BatchRejection: Error, Equatable, Sendable {
  package struct RecordFault: Equatable, Sendable {
    /// Index within the batch.
    package let index: Int32
    package let message: String

    package init(index: Int32, message: String) {
      self.index = index
      self.message = message
    }
  }

  package let code: ErrorCode
  package let message: String
  package let records: [RecordFault]

  package init(code: ErrorCode, message: String, records: [RecordFault] = []) {
    self.code = code
    self.message = message
    self.records = records
  }
}
