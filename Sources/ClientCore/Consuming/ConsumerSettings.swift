/// How a consumer fetches; each name is Kafka's, in camel case, and so is each default.
package struct ConsumerSettings: Equatable, Sendable {
  /// Where to begin in a partition without a position, or with one that is gone.
  package enum OffsetReset: Equatable, Sendable {
    case earliest
    case latest
    /// So long before now (KIP-1106).
    case byDuration(milliseconds: Int64)
    /// It is an error.
    case none
  }

  package var fetchMinBytes: Int32 = 1
  package var fetchMaxBytes: Int32 = 52_428_800
  package var fetchMaxWaitMilliseconds: Int32 = 500
  package var maxPartitionFetchBytes: Int32 = 1_048_576
  package var maxPollRecords = 500
  package var autoOffsetReset = OffsetReset.latest
  /// Aborted records are passed over, and those whose transaction is open are waited for.
  package var isReadCommitted = false
  package var checkCRCs = true
  package var clientRack = ""
  package var retryBackoff = Backoff(firstMilliseconds: 100, lastMilliseconds: 1_000)
  package var requestTimeoutMilliseconds: Int64 = 30_000

  package init() {}
}
