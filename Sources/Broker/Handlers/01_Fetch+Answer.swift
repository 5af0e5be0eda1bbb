import ActaModel
import BatchCodec
import KafkaWire
import LogStorage

// What one partition of a Fetch is answered.
extension FetchResponse.Partition {
  mutating func refuse(_ code: ErrorCode) {
    errorCode = code
    highWatermark = -1
    lastStableOffset = -1
    logStartOffset = -1
    // As in Kafka, where this is decided before there is a log to ask.
    if Self.isOfNoLog(code) { abortedTransactions = [] }
  }

  private static func isOfNoLog(_ code: ErrorCode) -> Bool {
    switch code {
    case .unknownTopicOrPartition, .unknownTopicID, .topicAuthorizationFailed: true
    default: false
    }
  }

  mutating func fill(
    _ result: Result<ReadOutcome, StorageError>?, isolation: IsolationLevel, allowsZstd: Bool
  ) {
    switch result {
    case .success(let outcome):
      let batches = allowsZstd ? outcome.batches[...] : Self.withoutZstd(outcome.batches)
      if batches.isEmpty, !outcome.batches.isEmpty { return refuse(.unsupportedCompressionType) }
      highWatermark = outcome.bounds.highWatermark.value
      lastStableOffset = outcome.bounds.lastStableOffset.value
      logStartOffset = outcome.bounds.logStartOffset.value
      abortedTransactions =
        isolation == .readCommitted ? outcome.aborted.map { .init($0) } : nil
      records = RecordChunks(batches.flatMap { [$0.head[...], $0.rest] })
    case .failure(let error):
      refuse(ProtocolError(error, about: "").code)
    case nil:
      refuse(.unknownServerError)
    }
  }

  /// What a client can read that is too old for zstd: the batches before the first of that codec. Only
  /// where that is none is it told so, and never more than it could have had.
  private static func withoutZstd(_ batches: [BatchBytes]) -> ArraySlice<BatchBytes> {
    batches.prefix { $0.codec != .zstd }
  }
}

extension FetchResponse.AbortedTransaction {
  init(_ aborted: AbortedTransaction) {
    self.init()
    producerID = aborted.producerID.value
    firstOffset = aborted.firstOffset.value
  }
}
