package import Arguments

/// What may stand behind `kafka-console-producer`.
enum ConsoleProducerOptions {
  static let topic = Option(
    "topic", takes: .text, valueName: "topic", help: "REQUIRED: The topic to produce to.")
  static let bootstrapServer = Option(
    "bootstrap-server", takes: .text, valueName: "server to connect to",
    help: "REQUIRED: Brokers to begin with, HOST1:PORT1,HOST2:PORT2.")
  static let brokerList = Option(
    "broker-list", takes: .text, valueName: "broker-list",
    help: "The old name of --bootstrap-server.", isHidden: true)

  // How lines are read.
  static let readerProperty = RenamedOption(
    current: Option(
      repeatable: "reader-property", takes: .text, valueName: "prop",
      help: "How a line holds a record, name=value; repeatable:" + readerProperties),
    old: Option(
      repeatable: "property", takes: .text, valueName: "prop",
      help: "(DEPRECATED) The old name of --reader-property."))
  static let readerConfig = Option(
    "reader-config", takes: .text, valueName: "config file",
    help: "A file with the same; [reader-property] takes precedence.")
  static let lineReader = Option<String>(
    "line-reader", takes: .text, valueName: "reader_class", default: defaultLineReader,
    help: "The only one that there is here.")
  static let defaultLineReader = "org.apache.kafka.tools.LineMessageReader"

  // How records are sent.
  static let commandProperty = RenamedOption(
    current: Option(
      repeatable: "command-property", takes: .text, valueName: "producer_prop",
      help: "A property of the producer, name=value; repeatable."),
    old: Option(
      repeatable: "producer-property", takes: .text, valueName: "producer_prop",
      help: "(DEPRECATED) The old name of --command-property."))
  static let commandConfig = RenamedOption(
    current: Option(
      "command-config", takes: .text, valueName: "config file",
      help: "A file with properties of the producer; [command-property] takes precedence."),
    old: Option(
      "producer.config", takes: .text, valueName: "config file",
      help: "(DEPRECATED) The old name of --command-config."))
  static let sync = Option(
    flag: "sync", help: "Wait until each record is acknowledged before the next is sent.")
  static let compressionCodec = Option(
    optionalValue: "compression-codec", takes: .text, valueName: "compression-codec",
    help: "none, gzip, snappy, lz4 or zstd; gzip without a value.")
  static let requiredAcks = Option<String>(
    "request-required-acks", takes: .text, valueName: "request required acks", default: "-1",
    help: "Who must have a record: acks.")
  static let batchSize = Option<Int32>(
    "batch-size", takes: .integer, valueName: "size", default: 1_048_576,
    help: "Bytes at which a batch is sent: batch.size.")
  static let maxPartitionMemory = Option<Int32>(
    "max-partition-memory-bytes", takes: .integer, valueName: "memory in bytes per partition",
    default: 16_384, help: "(Deprecated) Another name of --batch-size.")
  static let timeout = Option<Int64>(
    "timeout", takes: .integer, valueName: "timeout_ms", default: 1_000,
    help: "Milliseconds that a batch waits for more records: linger.ms.")
  static let retries = Option<Int32>(
    "message-send-max-retries", takes: .integer, valueName: "", default: 3,
    help: "Attempts after the first: retries.")
  static let retryBackoff = Option<Int64>(
    "retry-backoff-ms", takes: .integer, valueName: "", default: 100,
    help: "Milliseconds before the first of them: retry.backoff.ms.")
  static let requestTimeout = Option<Int32>(
    "request-timeout-ms", takes: .integer, valueName: "request timeout ms", default: 1_500,
    help: "Milliseconds that a request waits for its answer: request.timeout.ms.")
  static let metadataExpiry = Option<Int64>(
    "metadata-expiry-ms", takes: .integer, valueName: "metadata expiration interval",
    default: 300_000,
    help: "Milliseconds that the picture of the cluster may be old: metadata.max.age.ms.")
  static let maxBlock = Option<Int64>(
    "max-block-ms", takes: .integer, valueName: "max block on send", default: 60_000,
    help: "Milliseconds that sending may wait: max.block.ms.")
  static let maxMemory = Option<Int64>(
    "max-memory-bytes", takes: .integer, valueName: "total memory in bytes", default: 33_554_432,
    help: "Bytes of records that wait to be sent: buffer.memory.")
  static let socketBuffer = Option<Int32>(
    "socket-buffer-size", takes: .integer, valueName: "size", default: 102_400,
    help: "Bytes that the system buffers; it knows better here: send.buffer.bytes.")

  static let all: [any DeclaredOption] =
    [topic, bootstrapServer, brokerList, readerConfig, lineReader, sync, compressionCodec]
    + readerProperty.both + commandProperty.both + commandConfig.both
    + [
      requiredAcks, batchSize, maxPartitionMemory, timeout, retries, retryBackoff, requestTimeout,
      metadataExpiry, maxBlock, maxMemory, socketBuffer,
    ]

  static let rules: [Rule] = [
    .requires([topic]), commandConfig.exclusion(), commandProperty.exclusion(),
    readerProperty.exclusion(),
  ]

  private static let readerProperties = """

     parse.key=false
     parse.headers=false
     ignore.error=false
     key.separator=\\t
     headers.delimiter=\\t
     headers.separator=,
     headers.key.separator=:
     null.marker=   What stands for null.
    Lines with both look like "h1:v1,h2:v2\\tkey\\tvalue".
    """
}

extension ConsoleProducerTool {
  package static var command: Command {
    Command(
      name: "kafka-console-producer",
      abstract: "This tool helps to read data from standard input and publish it to Kafka.",
      version: KafkaVersion.current, dialect: .jopt, options: ConsoleProducerOptions.all,
      rules: ConsoleProducerOptions.rules)
  }
}
