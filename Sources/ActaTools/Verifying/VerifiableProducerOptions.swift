package import Arguments

/// What may stand behind `kafka-verifiable-producer`.
enum VerifiableProducerOptions {
  static let topic = Option<String>(
    required: "topic", takes: .text, help: "Produce messages to this topic.")
  static let maxMessages = Option<Int32>(
    "max-messages", takes: .integer, valueName: "MAX-MESSAGES", default: -1,
    help: "Produce so many messages; -1 is until the process is told to end.")
  static let throughput = Option<Int64>(
    "throughput", takes: .integer, default: -1,
    help: "Messages a second, approximately; -1 is as fast as it goes.")
  static let acks = Option<Acknowledgements>(
    "acks", takes: .choice, default: .all, help: "Who must have a message: 0, 1, or -1 for all.")
  static let createTime = Option<Int64>(
    "message-create-time", takes: .integer, valueName: "CREATE-TIME", default: -1,
    help: "The first message's time in milliseconds since 1970; -1 is now.")
  static let valuePrefix = Option<Int32?>(
    "value-prefix", takes: .integer, valueName: "VALUE-PREFIX",
    help: "A number and a dot before each value.")
  static let repeatingKeys = Option<Int32?>(
    "repeating-keys", takes: .integer, valueName: "REPEATING-KEYS",
    help: "Keys from 0 to below this, over and over.")
  static let commandConfig = RenamedOption(
    current: Option(
      "command-config", takes: .text, valueName: "CONFIG-FILE",
      help: "A file with properties of the producer."),
    old: Option(
      "producer.config", takes: .text, valueName: "CONFIG-FILE",
      help: "(DEPRECATED) The old name of --command-config."))
  static let bootstrapServer = Option<String>(
    required: "bootstrap-server", takes: .text, valueName: "HOST1:PORT1[,HOST2:PORT2[...]]",
    help: "REQUIRED: Brokers to begin with.")

  static let all: [any DeclaredOption] = [
    topic, maxMessages, throughput, acks, commandConfig.old, createTime, valuePrefix,
    repeatingKeys, commandConfig.current, bootstrapServer,
  ]
}

/// In the order in which Kafka's help has them.
enum Acknowledgements: String, CaseIterable, Sendable {
  case none = "0"
  case leader = "1"
  case all = "-1"
}

extension VerifiableProducerTool {
  package static var command: Command {
    Command(
      name: "verifiable-producer", abstract: "Produce numbers, and tell of each as JSON.",
      discussion: "This tool produces increasing integers to the specified topic and prints JSON "
        + "metadata to stdout on each \"send\" request, making externally visible which messages "
        + "have been acked and which have not.",
      dialect: .argparse, options: VerifiableProducerOptions.all,
      rules: [VerifiableProducerOptions.commandConfig.exclusion()],
      helpsWithoutWords: true)
  }
}
