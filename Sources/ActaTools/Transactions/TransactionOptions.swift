package import Arguments

/// What `kafka-transactions` can be told.
enum TransactionOptions {
  static let commandConfig = Option(
    "command-config", takes: .text, valueName: "FILE",
    help: "A file with properties of the admin client.")
  static let bootstrapServer = Option<String>(
    required: "bootstrap-server", takes: .text, valueName: "host:port",
    help: "Brokers to begin with, host:port, separated by commas.")

  static let duration = Option<Int64?>(
    "duration-filter", takes: .integer,
    help: "Only transactions that have been open for more milliseconds.")
  static let pattern = Option(
    "transactional-id-pattern", takes: .text,
    help: "Only ids that match as a whole: a regular expression in RE2's syntax.")
  static let transactionalID = Option(
    required: "transactional-id", takes: .text, help: "The transactional id.")
  static let terminatedID = Option(
    required: "transactionalId", takes: .text, help: "The transactional id.")

  static let topic = Option(required: "topic", takes: .text, help: "The topic's name.")
  static let partition = Option<Int32>(
    required: "partition", takes: .integer, help: "The partition's number.")
  static let brokerID = Option<Int32?>(
    "broker-id", takes: .integer, help: "The broker to ask; else the partition's leader.")

  static let startOffset = Option<Int64?>(
    "start-offset", takes: .integer, help: "Where in the partition the transaction begins.")
  static let producerID = Option<Int64?>(
    "producer-id", takes: .integer, help: "The producer's id.")
  static let producerEpoch = Option<Int32?>(
    "producer-epoch", takes: .integer, help: "The producer's epoch.")
  static let coordinatorEpoch = Option<Int32?>(
    "coordinator-epoch", takes: .integer, help: "The coordinator's epoch.")

  static let searchedTopic = Option("topic", takes: .text, help: "Only this topic.")
  static let searchedPartition = Option<Int32?>(
    "partition", takes: .integer, help: "Only this partition of the topic.")
  static let searchedBroker = Option<Int32?>(
    "broker-id", takes: .integer, help: "Only partitions that this broker has.")
  static let maxTimeout = Option<Int32>(
    "max-transaction-timeout", takes: .integer, default: 15,
    help: "In minutes: what has been open for less does not hang.")

  private static func subcommand(
    _ name: String, _ abstract: String, _ options: [any DeclaredOption]
  ) -> Command {
    Command(
      name: name, abstract: abstract, dialect: .argparse, options: options, helpExitCode: 0)
  }

  static var command: Command {
    Command(
      name: "kafka-transactions.sh",
      abstract:
        "This tool is used to analyze the transactional state of producers in the cluster. It can be "
        + "used to detect and recover from hanging transactions.",
      version: KafkaVersion.current, dialect: .argparse, options: [commandConfig, bootstrapServer],
      subcommands: [
        subcommand("list", "list transactions", [duration, pattern, OutputFormat.unlisted]),
        subcommand(
          "describe", "describe the state of an active transactional-id",
          [transactionalID, OutputFormat.unlisted]),
        subcommand(
          "describe-producers", "describe the states of active producers for a topic partition",
          [brokerID, topic, partition, OutputFormat.unlisted]),
        subcommand(
          "abort", "abort a hanging transaction (requires administrative privileges)",
          [topic, partition, startOffset, producerID, producerEpoch, coordinatorEpoch]),
        subcommand(
          "find-hanging", "find hanging transactions",
          [
            searchedBroker, maxTimeout, searchedTopic, searchedPartition, OutputFormat.unlisted,
          ]),
        subcommand(
          "forceTerminateTransaction",
          "Force abort an ongoing transaction on transactionalId (requires administrative privileges)",
          [terminatedID]),
      ], subcommandName: "COMMAND")
  }
}

extension TransactionsTool {
  package static var command: Command { TransactionOptions.command }
}
