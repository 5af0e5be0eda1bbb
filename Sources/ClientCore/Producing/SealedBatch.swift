import ActaModel
import BatchCodec
import Bytes
import Coordination

/// A batch as it is sent, and sent again.
package struct SealedBatch: Sendable {
  let number: UInt64
  /// The place of its first record in the batch as it was filled, of which it may be a part.
  let firstIndex: Int
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
  /// An attempt of it ended without a word about whether a broker has it.
  private(set) var mayBeStored = false
  /// What came of it the last time.
  var lastFailure: String?

  init(_ batch: consuming OpenBatch, _ settings: ProducerSettings) {
    number = batch.number
    firstIndex = 0
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

  /// Some of another's records, sealed anew; whoever waits for them comes with them.
  init(_ whole: SealedBatch, from start: Int, _ count: Int, _ bytes: [UInt8]) {
    number = whole.number
    firstIndex = whole.firstIndex + start
    partition = whole.partition
    createdAt = whole.createdAt
    recordCount = count
    // Together the parts count for as much as the whole.
    let shares = [start, start + count].map { whole.bufferedBytes * $0 / whole.recordCount }
    bufferedBytes = shares[1] - shares[0]
    waiters = whole.waiters.filter { (start..<start + count).contains($0.index) }.map { waiter in
      OpenBatch.Waiter(
        index: waiter.index - start, timestamp: waiter.timestamp, completion: waiter.completion)
    }
    attempts = whole.attempts
    mayBeStored = whole.mayBeStored
    lastFailure = whole.lastFailure
    self.bytes = bytes
    guard let header = BatchHeader(parsing: bytes) else {
      preconditionFailure("a batch begins with its header")
    }
    self.header = header
  }

  /// As they are packed.
  var recordBytes: ArraySlice<UInt8> { bytes.dropFirst(BatchHeader.size) }

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

  mutating func note(_ failure: ClientFailure) {
    lastFailure = failure.sentence
    switch failure.reason {
    case .refused(let code): mayBeStored = mayBeStored || Self.maybeAfterAppend.contains(code)
    default: mayBeStored = true
    }
  }

  /// What a broker may say of a batch that it has appended.
  private static let maybeAfterAppend: Set<ErrorCode> = [
    .requestTimedOut, .notEnoughReplicasAfterAppend, .networkException, .kafkaStorageError,
    .unknownServerError,
  ]

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
