import BatchCodec
import ClientCore

/// How a producer works. Names, units and defaults are Kafka's, in camel case; times are milliseconds, sizes bytes.
public struct ProducerConfiguration: Sendable {
  /// Who has to have a record before it counts as sent.
  public enum Acknowledgements: Int16, Sendable {
    /// Nobody is asked: a record may be lost without a word.
    case none = 0
    /// The partition's leader.
    case leader = 1
    /// All in-sync replicas; with Acta, the disk.
    case all = -1
  }

  /// How batches are packed.
  public enum Compression: Sendable {
    /// Kafka's codecs by their names: as a rule lz4 costs the least time, zstd the least room.
    case none, gzip, snappy, lz4, zstd
  }

  /// Which partition a record goes to if it does not say.
  public enum Partitioner: Sendable {
    /// By the key's murmur2, as Java's; records without a key stay together for a batch.
    case standard
    /// One after the other, whatever the key.
    case roundRobin
    /// One's own: the topic, the key's bytes, and how many partitions there are.
    case custom(
      @Sendable (_ topic: String, _ key: UnsafeRawBufferPointer?, _ count: Int32) -> Int32)
  }

  /// `bootstrap.servers`, `localhost:9092`: `host:port`, any of which leads to the others.
  public var bootstrapServers: [String] = ["localhost:9092"]
  /// `client.id`, which brokers show in their logs.
  public var clientID = ""
  /// `acks`, all.
  public var acks = Acknowledgements.all
  /// `batch.size`, 16,384: bytes at which a batch is sent without waiting for more.
  public var batchSize = 16_384
  /// `linger.ms`, 5: how long a batch that is not full waits for more records.
  public var lingerMilliseconds: Int64 = 5
  /// `buffer.memory`, 33,554,432: bytes of records that wait or are under way; with none left, `send` waits.
  public var bufferMemory = 33_554_432
  /// `max.block.ms`, 60,000: how long `send` waits for room and for what is to be known of a topic.
  public var maxBlockMilliseconds: Int64 = 60_000
  /// `max.request.size`, 1,048,576: bytes of a request, and of a record, at most.
  public var maxRequestSize = 1_048_576
  /// `max.in.flight.requests.per.connection`, 5: requests to a broker that are not answered yet, at most. With
  /// idempotence no more than 5; without, more than 1 may change the order of what is sent again.
  public var maxInFlightRequestsPerConnection = 5
  /// `retries`, 2,147,483,647: attempts after the first; what ends them is usually `deliveryTimeoutMilliseconds`.
  public var retries: Int32 = .max
  /// `retry.backoff.ms`, 100: the pause before what has failed is tried again, at first; twice as long each time.
  public var retryBackoffMilliseconds: Int64 = 100
  /// `retry.backoff.max.ms`, 1,000: the same, at last.
  public var retryBackoffMaxMilliseconds: Int64 = 1_000
  /// `delivery.timeout.ms`, 120,000: from `send` until the record is acknowledged or given up.
  public var deliveryTimeoutMilliseconds: Int64 = 120_000
  /// `request.timeout.ms`, 30,000: how long an answer is waited for; then the connection is given up and, where it may be,
  /// the request made again.
  public var requestTimeoutMilliseconds: Int32 = 30_000
  /// `metadata.max.age.ms`, 300,000: how old the picture of the cluster may be.
  public var metadataMaxAgeMilliseconds: Int64 = 300_000
  /// `reconnect.backoff.ms`, 50: the pause before a broker that could not be reached is tried again, at first.
  public var reconnectBackoffMilliseconds: Int64 = 50
  /// `reconnect.backoff.max.ms`, 1,000: the same, at last.
  public var reconnectBackoffMaxMilliseconds: Int64 = 1_000
  /// `socket.connection.setup.timeout.ms`, 10,000: how long a connection may take to come to be.
  public var socketConnectionSetupTimeoutMilliseconds: Int64 = 10_000
  /// `security.protocol`, `sasl.…` and `ssl.…`; none: whether connections are encrypted, and how both sides prove who they
  /// are.
  public var security = ClientSecurity.plaintext
  /// `compression.type`, none.
  public var compression = Compression.none
  /// `compression.gzip.level`, `.lz4.level`, `.zstd.level`, on the codec's own scale; `nil` is its default.
  public var compressionLevel: Int?
  /// `enable.idempotence`, true: no duplicates and no change of order, whatever is sent again. Needs `acks` of all.
  public var enableIdempotence = true
  /// `transactional.id`, none: the same from one run of a program to the next, so that the next fences the one before.
  public var transactionalID: String?
  /// `transaction.timeout.ms`, 60,000: what takes longer is aborted by the coordinator.
  public var transactionTimeoutMilliseconds: Int32 = 60_000
  /// `partitioner.class`, Kafka's default.
  public var partitioner = Partitioner.standard

  /// What the client is watched with.
  public var instruments = ClientInstruments()

  /// The defaults.
  public init() {}

  /// The defaults, for these brokers.
  public init(bootstrapServers: [String]) { self.bootstrapServers = bootstrapServers }
}

extension ProducerConfiguration: ClusterConfiguration {
  /// - Throws: `invalidArgument` with a sentence that names the setting.
  func producerSettings() throws(ClientFailure) -> ProducerSettings {
    try check()
    var settings = ProducerSettings()
    settings.acks = acks.rawValue
    settings.batchSize = min(max(1, batchSize), Self.mostBytes)
    settings.lingerMilliseconds = min(lingerMilliseconds, Self.longestMilliseconds)
    settings.bufferMemory = min(bufferMemory, 1 << 53)
    settings.maxRequestSize = min(maxRequestSize, Self.mostBytes)
    settings.maxInFlightRequestsPerConnection = maxInFlightRequestsPerConnection
    settings.retries = retries
    settings.retryBackoff = backoff
    // No longer than a moment can be added to.
    settings.deliveryTimeoutMilliseconds = min(deliveryTimeoutMilliseconds, 1 << 53)
    settings.requestTimeoutMilliseconds = requestTimeoutMilliseconds
    settings.compression = compression.codec
    settings.compressionLevel = compressionLevel
    settings.enableIdempotence = enableIdempotence
    settings.transactionalID = transactionalID
    settings.transactionTimeoutMilliseconds = transactionTimeoutMilliseconds
    return settings
  }

  func networkSettings() throws(ClientFailure) -> NetworkSettings {
    var settings = try reach()
    settings.instruments = instruments
    return settings
  }

  var choice: PartitionChoice {
    switch partitioner {
    case .standard: .standard
    case .roundRobin: .roundRobin
    case .custom(let choose): .custom(choose)
    }
  }

  /// As Java's producer has it, to which longer times are this long.
  private static let longestMilliseconds = Int64(Int32.max)

  /// Of a batch or a request, whose sizes have four bytes.
  private static let mostBytes = Int(Int32.max)

  /// `linger.ms` + `request.timeout.ms`
  var leastDeliveryTimeoutMilliseconds: Int64 {
    let linger = min(lingerMilliseconds, Self.longestMilliseconds)
    return min(linger + Int64(requestTimeoutMilliseconds), Self.longestMilliseconds)
  }

  /// Kafka's rules, in Kafka's words.
  private func check() throws(ClientFailure) {
    func require(_ holds: Bool, _ sentence: String) throws(ClientFailure) {
      if !holds { throw ClientFailure(.invalidArgument, sentence) }
    }
    try require(
      !enableIdempotence || acks == .all,
      "Must set acks to all in order to use the idempotent producer.")
    try require(
      !enableIdempotence || retries > 0,
      "Must set retries to non-zero when using the idempotent producer.")
    try require(
      !enableIdempotence || maxInFlightRequestsPerConnection <= 5,
      "To use the idempotent producer, max.in.flight.requests.per.connection must be set to at most 5."
        + " Current value is \(maxInFlightRequestsPerConnection).")
    try require(
      transactionalID == nil || enableIdempotence,
      "Cannot set a transactional.id without also enabling idempotence.")
    try require(transactionalID != "", "transactional.id must not be empty.")
    try require(
      transactionTimeoutMilliseconds > 0, "transaction.timeout.ms must be more than 0.")
    try require(
      maxInFlightRequestsPerConnection >= 1,
      "max.in.flight.requests.per.connection must be at least 1.")
    try require(lingerMilliseconds >= 0, "linger.ms must be at least 0.")
    try require(batchSize >= 0, "batch.size must be at least 0.")
    try require(bufferMemory > 0, "buffer.memory must be more than 0.")
    try require(maxRequestSize > 0, "max.request.size must be more than 0.")
    try require(maxBlockMilliseconds >= 0, "max.block.ms must be at least 0.")
    try require(requestTimeoutMilliseconds > 0, "request.timeout.ms must be more than 0.")
    try require(
      deliveryTimeoutMilliseconds >= leastDeliveryTimeoutMilliseconds,
      "delivery.timeout.ms should be equal to or larger than linger.ms + request.timeout.ms.")
  }
}

extension ProducerConfiguration.Compression {
  fileprivate var codec: CompressionCodec {
    switch self {
    case .none: .none
    case .gzip: .gzip
    case .snappy: .snappy
    case .lz4: .lz4
    case .zstd: .zstd
    }
  }
}
