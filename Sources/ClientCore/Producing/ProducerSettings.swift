package import BatchCodec

/// How a producer works; each name is Kafka's, in camel case, and so is each default.
package struct ProducerSettings: Equatable, Sendable {
  /// 0: nobody is asked; 1: the leader has it; -1: all in-sync replicas have.
  package var acks: Int16 = -1
  /// Bytes at which a batch is sent without waiting for more.
  package var batchSize = 16_384
  /// How long a batch that is not full waits for more records.
  package var lingerMilliseconds: Int64 = 5
  /// Bytes of records that wait or are under way.
  package var bufferMemory = 33_554_432
  package var maxRequestSize = 1_048_576
  package var maxInFlightRequestsPerConnection = 5
  package var retries: Int32 = .max
  package var retryBackoff = Backoff(firstMilliseconds: 100, lastMilliseconds: 1_000)
  /// From the call until the record is acknowledged or given up.
  package var deliveryTimeoutMilliseconds: Int64 = 120_000
  package var requestTimeoutMilliseconds: Int32 = 30_000
  package var compression = CompressionCodec.none
  /// On the codec's own scale; `nil` is its default.
  package var compressionLevel: Int?
  package var enableIdempotence = true
  package var transactionalID: String?
  package var transactionTimeoutMilliseconds: Int32 = 60_000

  package init() {}

  /// As many batches of one partition may be under way. With idempotence the broker remembers five.
  var maxInFlightPerPartition: Int {
    enableIdempotence
      ? min(5, maxInFlightRequestsPerConnection) : maxInFlightRequestsPerConnection
  }
}
