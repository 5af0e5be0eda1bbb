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

  public enum Compression: Sendable {
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

  /// `bootstrap.servers`: `host:port`, any of which leads to the others.
  public var bootstrapServers: [String] = ["localhost:9092"]
  /// `client.id`, which brokers show in their logs.
  public var clientID = ""
  public var acks = Acknowledgements.all
  /// Bytes at which a batch is sent without waiting for more.
  public var batchSize = 16_384
  /// How long a batch that is not full waits for more records.
  public var lingerMilliseconds: Int64 = 5
  /// Bytes of records that wait or are under way; with none left, `send` waits.
  public var bufferMemory = 33_554_432
  /// How long `send` waits for room and for what is to be known of a topic.
  public var maxBlockMilliseconds: Int64 = 60_000
  public var maxRequestSize = 1_048_576
  public var maxInFlightRequestsPerConnection = 5
  /// Attempts after the first; what ends them is usually `deliveryTimeoutMilliseconds`.
  public var retries: Int32 = .max
  public var retryBackoffMilliseconds: Int64 = 100
  public var retryBackoffMaxMilliseconds: Int64 = 1_000
  /// From `send` until the record is acknowledged or given up.
  public var deliveryTimeoutMilliseconds: Int64 = 120_000
  public var requestTimeoutMilliseconds: Int32 = 30_000
  /// `metadata.max.age.ms`: how old the picture of the cluster may be.
  public var metadataMaxAgeMilliseconds: Int64 = 300_000
  /// `reconnect.backoff.ms`: the pause before a broker that could not be reached is tried again, at first.
  public var reconnectBackoffMilliseconds: Int64 = 50
  /// `reconnect.backoff.max.ms`: the same, at last.
  public var reconnectBackoffMaxMilliseconds: Int64 = 1_000
  /// `socket.connection.setup.timeout.ms`: how long a connection may take to come to be.
  public var socketConnectionSetupTimeoutMilliseconds: Int64 = 10_000
  public var compression = Compression.none
  /// On the codec's own scale; `nil` is its default.
  public var compressionLevel: Int?
  /// No duplicates and no change of order, whatever is sent again. Needs `acks` of all.
  public var enableIdempotence = true
  /// `transactional.id`: the same from one run of a program to the next, so that the next fences the one before.
  public var transactionalID: String?
  /// `transaction.timeout.ms`: what takes longer is aborted by the coordinator.
  public var transactionTimeoutMilliseconds: Int32 = 60_000
  public var partitioner = Partitioner.standard

  /// What the client is watched with.
  public var instruments = ClientInstruments()

  public init() {}

  public init(bootstrapServers: [String]) { self.bootstrapServers = bootstrapServers }
}

extension ProducerConfiguration: ClusterConfiguration {
  /// - Throws: `invalidArgument` with a sentence that names the setting.
  func producerSettings() throws(ClientFailure) -> ProducerSettings {
    try check()
    var settings = ProducerSettings()
    settings.acks = acks.rawValue
    settings.batchSize = max(1, batchSize)
    settings.lingerMilliseconds = lingerMilliseconds
    settings.bufferMemory = bufferMemory
    settings.maxRequestSize = maxRequestSize
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
      "Must set max.in.flight.requests.per.connection to at most 5 to use the idempotent producer.")
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
      deliveryTimeoutMilliseconds - Int64(requestTimeoutMilliseconds) >= lingerMilliseconds,
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

extension BrokerEndpoint {
  /// `host:port` or `[host]:port`, each.
  static func list(_ texts: [String]) throws(ClientFailure) -> [BrokerEndpoint] {
    guard !texts.isEmpty else {
      throw ClientFailure(.invalidArgument, "bootstrap.servers names no broker.")
    }
    var endpoints: [BrokerEndpoint] = []
    for text in texts { endpoints.append(try BrokerEndpoint(text)) }
    return endpoints
  }

  private init(_ text: String) throws(ClientFailure) {
    let bytes = Array(text.utf8)
    guard let colon = bytes.lastIndex(of: UInt8(ascii: ":")), colon > 0,
      let port = UInt16(String(decoding: bytes[(colon + 1)...], as: UTF8.self)), port > 0
    else {
      throw ClientFailure(
        .invalidArgument, "'\(text)' in bootstrap.servers is not of the form host:port.")
    }
    var host = bytes[..<colon]
    if host.first == UInt8(ascii: "["), host.last == UInt8(ascii: "]") {
      host = host.dropFirst().dropLast()
    }
    self.init(host: String(decoding: host, as: UTF8.self), port: port)
  }
}
