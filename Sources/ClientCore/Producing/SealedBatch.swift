import ActaModel
import BatchCodec
import Bytes
import Coordination

/// A batch as it is sent, and sent again.
package struct SealedBatch: Sendable {
  let number: UInt64
  package let partition: TopicPartition
  let createdAt: Instant
  /// What it counts for in `buffer.memory`.
  let bufferedBytes: Int
  package let recordCount: Int
  private(set) var header: BatchHeader
  private var bytes: [UInt8]
  private var waiters: [OpenBatch.Waiter]
  /// How often it was sent.
  var attempts = 0
  /// What came of it the last time.
  var lastFailure: String?

  init(_ batch: consuming OpenBatch, _ settings: ProducerSettings) {
    number = batch.number
    partition = batch.partition
    createdAt = batch.createdAt
    bufferedBytes = batch.size
    recordCount = batch.count
    waiters = batch.waiters
    bytes = batch.finish(settings)
    guard let header = BatchHeader(parsing: bytes) else {
      preconditionFailure("a batch begins with its header")
    }
    self.header = header
  }

  package var size: Int { bytes.count }
  /// It has been sent before.
  package var isRepeat: Bool { attempts > 1 }
  var sequence: Int32 { header.baseSequence }
  /// A copy, for a request.
  var slice: ByteSlice { ByteSlice(bytes) }

  /// Says whose it is, and where it stands in the order of what that one sends.
  mutating func claim(by producer: ProducerClaim, sequence: Int32, isTransactional: Bool) {
    var claimed = header
    if isTransactional { claimed.attributes.insert(.transactional) }
    claimed.producerID = producer.id.value
    claimed.producerEpoch = producer.epoch
    claimed.baseSequence = sequence
    header = claimed.resealed(from: header)
    header.write(into: &bytes)
  }

  /// Tells whoever waits, once.
  mutating func settle(_ result: Result<Appended, ClientFailure>) {
    let told = waiters
    waiters = []
    told.withUnsafeBufferPointer { told in
      for index in told.indices {
        let result = result.map { appended in
          AppendedRecord(
            topic: partition.topic, partition: partition.partition,
            offset: appended.baseOffset < 0 ? -1 : appended.baseOffset + Int64(told[index].index),
            timestamp: appended.logAppendTime ?? told[index].timestamp)
        }
        told[index].completion(result)
      }
    }
  }

  /// What a broker says of a batch that it has.
  struct Appended {
    /// -1: not known.
    let baseOffset: Int64
    let logAppendTime: Int64?
  }
}

extension OpenBatch {
  fileprivate consuming func finish(_ settings: ProducerSettings) -> [UInt8] {
    builder.finish(compression: settings.compression, level: settings.compressionLevel)
  }
}
