import ClientCore
import KafkaConfig

extension ProducerConfiguration: ClientConfiguration {}

extension ProducerConfiguration {
  /// A configuration by Kafka's property names. What is not set has its default.
  ///
  /// As with Java's producer, `acks` other than `all` and `retries` of 0 turn idempotence off unless
  /// `enable.idempotence` is set.
  ///
  /// - Parameter note: Told, in a sentence, of each property that has no effect here, and of what follows from others.
  /// - Throws: `KafkaError` for a name that is not known, with the one that was most likely meant; for a value that
  ///   cannot be, in Kafka's words.
  public init(
    properties: [String: String], unknown: UnknownProperties = .refused,
    note: (String) -> Void = { _ in }
  ) throws(KafkaError) {
    self = try KafkaError.translating { () throws(ClientFailure) in
      var configuration = Self()
      try Self.table.apply(properties, to: &configuration, unknown: unknown, note: note)
      configuration.settle(properties, note)
      _ = try configuration.producerSettings()
      _ = try configuration.networkSettings()
      return configuration
    }
  }

  /// The same from a property file in Java's syntax.
  ///
  /// - Throws: As the other; and for a file that cannot be read, or a line of it.
  public init(
    propertyFile path: String, unknown: UnknownProperties = .refused,
    note: (String) -> Void = { _ in }
  ) throws(KafkaError) {
    let properties = try KafkaError.translating { () throws(ClientFailure) in
      try PropertyFile.read(path)
    }
    try self.init(properties: properties, unknown: unknown, note: note)
  }

  /// All properties that a producer knows, by name.
  public static var properties: [ConfigurationProperty] { table.documentation }

  /// What Java's producer makes of settings that contradict a default.
  private mutating func settle(_ properties: [String: String], _ note: (String) -> Void) {
    if enableIdempotence, properties["enable.idempotence"] == nil {
      if acks != .all {
        enableIdempotence = false
        note("Idempotence is off because acks is not all.")
      } else if retries == 0 {
        enableIdempotence = false
        note("Idempotence is off because retries is 0.")
      }
    }
    let least = leastDeliveryTimeoutMilliseconds
    if properties["delivery.timeout.ms"] == nil, deliveryTimeoutMilliseconds < least {
      deliveryTimeoutMilliseconds = least
      note("delivery.timeout.ms is \(least): linger.ms + request.timeout.ms.")
    }
  }

  static let table = PropertyTable<Self>(
    PropertyEntry.common + [
      .choice(
        "acks", \.acks, [("all", .all), ("-1", .all), ("0", .none), ("1", .leader)],
        "Who must have a record: all in-sync replicas, the leader (1), nobody (0)."),
      .number(
        "batch.size", .int, \.batchSize, .atLeast(0),
        "Bytes at which a batch is sent without waiting for more."),
      .number(
        "linger.ms", .long, \.lingerMilliseconds, .atLeast(0),
        "Milliseconds that a batch that is not full waits for more records."),
      .number(
        "buffer.memory", .long, \.bufferMemory, .atLeast(0),
        "Bytes of records that wait or are under way; with none left, sending waits."),
      .number(
        "max.block.ms", .long, \.maxBlockMilliseconds, .atLeast(0),
        "Milliseconds that sending waits for room, and for what is to be known of a topic."),
      .number(
        "max.request.size", .int, \.maxRequestSize, .atLeast(0),
        "Bytes of a request, and of a record, at most."),
      .number(
        "max.in.flight.requests.per.connection", .int, \.maxInFlightRequestsPerConnection,
        .atLeast(1), "Requests to a broker that are not answered yet, at most."),
      .number(
        "retries", .int, \.retries, .within(0...Int64(Int32.max)),
        "Attempts after the first; what ends them is usually delivery.timeout.ms."),
      .number(
        "delivery.timeout.ms", .int, \.deliveryTimeoutMilliseconds, .atLeast(0),
        "Milliseconds from the call until a record is acknowledged or given up."),
      .bool(
        "enable.idempotence", \.enableIdempotence,
        "Whether each record is stored once and in order, whatever is sent again. Needs acks=all."),
      .optionalText(
        "transactional.id", \.transactionalID, .nonEmpty,
        "The same from one run of a program to the next, so that the next fences the one before."),
      .number(
        "transaction.timeout.ms", .int, \.transactionTimeoutMilliseconds, .atLeast(1),
        "Milliseconds after which the coordinator aborts a transaction."),
      .choice(
        "compression.type", \.compression,
        [("none", .none), ("gzip", .gzip), ("snappy", .snappy), ("lz4", .lz4), ("zstd", .zstd)],
        "How batches are packed."),
      level("gzip", .gzip, .gzipLevel, default: "-1"),
      level("lz4", .lz4, .within(1...17), default: "9"),
      level("zstd", .zstd, .within(-131_072...22), default: "3"),
      .own(
        "partitioner.class", .class, default: nil,
        "org.apache.kafka.clients.producer.RoundRobinPartitioner, or unset for Kafka's default; one"
          + " of your own is given in the source."
      ) { configuration, value throws(ClientFailure) in
        switch value {
        case .string("org.apache.kafka.clients.producer.RoundRobinPartitioner"):
          configuration.partitioner = .roundRobin
        case .string(""): break
        default:
          throw ClientFailure(
            .invalidArgument,
            "Invalid value \(value) for configuration partitioner.class: Class \(value) could not be"
              + " found. A partitioner of your own is given in the source: partitioner = .custom.")
        }
      },
      .only(
        "true", "partitioner.adaptive.partitioning.enable",
        "Partitions that are behind are chosen less."),
      .only("false", "partitioner.ignore.keys", "Records with a key go where it says."),
      .only("false", "partitioner.rack.aware", "Racks are not looked at."),
      .only(
        "false", "transaction.two.phase.commit.enable", "There is no second phase of others here."),
    ]
      + PropertyEntry.notHere(
        "serializers are given in the source", "key.serializer", "value.serializer")
      + PropertyEntry.notHere(
        "partitions are not passed over for being slow",
        "partitioner.availability.timeout.ms")
      + PropertyEntry.notHere(
        "topics are asked about for as long as the producer lives", "metadata.max.idle.ms")
      + PropertyEntry.notHere(
        "memory is taken as records come", "buffer.memory.allocation.strategy")
      + PropertyEntry.notHere("records are not fetched", "client.rack"))

  private static func level(
    _ name: String, _ codec: Compression, _ check: ConfigCheck, default text: String
  ) -> PropertyEntry<Self> {
    .own(
      "compression.\(name).level", .int, check, default: text,
      "The level of \(name), on its own scale."
    ) { configuration, value in
      guard case .integer(let level) = value, configuration.compression == codec else { return }
      configuration.compressionLevel = "\(level)" == text ? nil : Int(level)
    }
  }
}
