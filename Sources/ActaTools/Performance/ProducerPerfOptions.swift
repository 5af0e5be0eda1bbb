package import Arguments

/// What may stand behind `kafka-producer-perf-test`.
enum ProducerPerfOptions {
  static let bootstrapServer = Option(
    "bootstrap-server", takes: .text, valueName: "BOOTSTRAP-SERVER",
    help: "Brokers to begin with. Takes precedence over bootstrap.servers given otherwise.")
  static let topic = Option<String>(
    required: "topic", takes: .text, help: "Produce records to this topic.")
  static let count = Option<Int64>(
    required: "num-records", takes: .integer, valueName: "NUM-RECORDS",
    help: "Number of records to produce.")
  static let delimiter = Option<String>(
    "payload-delimiter", takes: .text, valueName: "PAYLOAD-DELIMITER", default: #"\n"#,
    help: "What is between the payloads of --payload-file.")
  static let throughput = Option<Double>(
    required: "throughput", takes: .double,
    help: "Records a second, approximately; -1 is as fast as it goes.")
  static let commandProperty = RenamedOption(
    current: properties("command-property", "Properties of the producer, name=value."),
    old: properties("producer-props", "(DEPRECATED) The old name of --command-property."))
  static let commandConfig = RenamedOption(
    current: Option(
      "command-config", takes: .text, valueName: "CONFIG-FILE",
      help: "A file with properties of the producer."),
    old: Option(
      "producer.config", takes: .text, valueName: "CONFIG-FILE",
      help: "(DEPRECATED) The old name of --command-config."))
  static let printsMetrics = Option(
    flag: "print-metrics", help: "Print what the client has counted at the end.")
  static let transactionalID = Option(
    "transactional-id", takes: .text, valueName: "TRANSACTIONAL-ID",
    help: "Send in transactions, under this id. Without it, and with --transaction-duration-ms, it "
      + "is performance-producer- and random letters.")
  static let transactionDuration = Option<Int64?>(
    "transaction-duration-ms", takes: .integer, valueName: "TRANSACTION-DURATION",
    help: "Milliseconds after which a transaction is committed; 3000 where only an id is given.")
  static let warmup = Option<Int64>(
    "warmup-records", takes: .integer, valueName: "WARMUP-RECORDS", default: 0,
    help: "So many records at the beginning are counted apart.")
  static let interval = Option<Int64>(
    "reporting-interval", takes: .integer, valueName: "INTERVAL-MS", default: 5_000,
    help: "Milliseconds between two lines.")
  static let keyRange = Option<Int64?>(
    "record-key-range", takes: .integer, valueName: "KEY-RANGE",
    help: "Keys are integers from 0 to below this.")
  static let keyDistribution = Option<KeyDistribution>(
    "key-distribution", takes: .choice, valueName: "KEY-DISTRIBUTION", default: .none,
    help: "none: no keys. range: one after the other. random: any.")
  static let seed = Option<Int64>(
    "random-seed", takes: .integer, valueName: "RANDOM-SEED", default: 0,
    help: "Decides what is random.")
  static let recordSize = Option<Int32?>(
    "record-size", takes: .integer, valueName: "RECORD-SIZE",
    help: "Bytes of a record, which are random letters.")
  static let payloadFile = Option(
    "payload-file", takes: .text, valueName: "PAYLOAD-FILE",
    help: "A file with payloads, of which records have any. Text in UTF-8.")
  static let isMonotonic = Option(
    flag: "payload-monotonic", help: "Payloads are integers, one more each.")

  static let all: [any DeclaredOption] =
    [bootstrapServer, topic, count, delimiter, throughput, commandProperty.old]
    + [commandProperty.current, commandConfig.old, commandConfig.current, printsMetrics]
    + [transactionalID, transactionDuration, warmup, interval, keyRange, keyDistribution, seed]
    + [recordSize, payloadFile, isMonotonic]

  static let rules: [Rule] = [
    .oneOf([recordSize, payloadFile, isMonotonic], isRequired: true)
  ]

  private static func properties(_ name: String, _ help: String) -> Option<[String]> {
    Option(
      repeatable: name, takes: .text, valueName: "PROP-NAME=PROP-VALUE", help: help,
      takesSeveralWords: true)
  }
}

enum KeyDistribution: String, CaseIterable, Sendable {
  case none, range, random
}

extension ProducerPerfTool {
  package static var command: Command {
    Command(
      name: "kafka-producer-perf-test", abstract: "Measure how fast records are produced.",
      discussion: "This tool is used to verify the producer performance. To enable transactions, "
        + "you can specify a transactional id or set a transaction duration using "
        + "--transaction-duration-ms.",
      dialect: .argparse, options: ProducerPerfOptions.all, rules: ProducerPerfOptions.rules,
      helpsWithoutWords: true)
  }
}
