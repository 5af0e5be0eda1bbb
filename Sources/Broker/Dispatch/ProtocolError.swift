import ActaModel
import BatchCodec
import LogStorage

/// The one place where an error of the storage becomes a protocol code and a sentence for people
/// (KafkaWire/PROTOCOL.md §19 and the texts that Kafka's own broker sends).
struct ProtocolError: Error, Equatable {
  let code: ErrorCode
  let message: String?
  /// The records at fault, when a batch was refused for some of them.
  let records: [BatchRejection.RecordFault]

  init(
    _ code: ErrorCode, _ message: String? = nil, records: [BatchRejection.RecordFault] = []
  ) {
    self.code = code
    self.message = message
    self.records = records
  }

  init(_ rejection: BatchRejection) {
    self.init(rejection.code, rejection.message, records: rejection.records)
  }

  /// - Parameter subject: What the operation was about, for the sentence: `orders`, `orders-0`.
  init(_ error: StorageError, about subject: String) {
    switch error {
    case .unknownTopic, .unknownPartition:
      self.init(.unknownTopicOrPartition, "This server does not host this topic-partition.")
    case .topicExists(let name):
      self.init(.topicAlreadyExists, "Topic '\(name)' already exists.")
    case .topicNameCollides(let other):
      self.init(
        .invalidTopicException, "Topic '\(subject)' collides with existing topic: \(other)")
    case .partitionCountNotLarger(let present):
      self.init(.invalidPartitions, "Topic already has \(present) partition(s).")
    case .tooMany(let what):
      self.init(.policyViolation, "This broker holds no more \(what).")
    case .offsetOutOfRange(let requested, _, let highWatermark):
      self.init(
        .offsetOutOfRange,
        "Cannot increment the log start offset to \(requested) of partition \(subject) since it"
          + " is larger than the high watermark \(highWatermark)")
    case .staleProducerEpoch(let known):
      self.init(
        .invalidProducerEpoch,
        "The producer's epoch is older than the epoch \(known) known for \(subject).")
    case .sequenceOutOfOrder(let expected, let found):
      self.init(
        .outOfOrderSequenceNumber,
        "Out of order sequence number for \(subject): expected \(expected), found \(found).")
    case .transactionRefused(let code):
      self.init(code, "The transaction does not take a batch for \(subject).")
    case .corrupt(_, let offset, let reason):
      self.init(
        .corruptMessage, "The batch at offset \(offset) of \(subject) is corrupt: \(reason)")
    case .full:
      self.init(.kafkaStorageError, "The disk is full; nothing was stored.")
    case .pinned:
      self.init(
        .kafkaStorageError,
        "A reader of the database file keeps the write-ahead log from being emptied, and it has"
          + " reached its limit; the broker's log names the reader.")
    case .overloaded:
      self.init(.kafkaStorageError, "The write queue is full; try again.")
    case .refused(let reason):
      self.init(.policyViolation, "The database did not take what concerns \(subject): \(reason)")
    case .failed(let reason):
      self.init(.kafkaStorageError, "The storage failed: \(reason)")
    case .closed:
      self.init(.kafkaStorageError, "The broker is shutting down.")
    }
  }

  /// What Kafka says of a request that makes no sense, whatever is wrong with it.
  static let malformedRequest =
    "This most likely occurs because of a request being malformed by the client library or the"
    + " message was sent to an incompatible broker. See the broker logs for more details."

  /// What APIs of coordinators answer when the storage kept nothing. Of the codes that ask a client to try
  /// again, this is the one that every API of every client takes as such: it looks for the
  /// coordinator, finds it here, and repeats its request. (Some clients give up when OffsetFetch
  /// answers COORDINATOR_NOT_AVAILABLE, or Heartbeat COORDINATOR_LOAD_IN_PROGRESS.)
  ///
  /// What an application's trigger or index refuses would be refused for ever: that is said.
  ///
  /// - Parameter subject: What is coordinated, for the sentence: `the group`.
  init(coordinating error: StorageError, about subject: String) {
    let told = ProtocolError(error, about: subject)
    if case .refused = error {
      self = told
    } else {
      self.init(.notCoordinator, told.message)
    }
  }
}
