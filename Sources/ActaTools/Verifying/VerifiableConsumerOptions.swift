package import Arguments

/// What may stand behind `kafka-verifiable-consumer`.
enum VerifiableConsumerOptions {
  static let topic = Option<String>(
    required: "topic", takes: .text, help: "Consumes messages from this topic.")
  static let groupProtocol = Option<String>(
    "group-protocol", takes: .text, valueName: "GROUP-PROTOCOL", default: "classic",
    help: "How members come to their partitions: classic or consumer.")
  static let remoteAssignor = Option(
    "group-remote-assignor", takes: .text, valueName: "GROUP-REMOTE-ASSIGNOR",
    help: "How the broker shares out partitions, with the protocol consumer.")
  static let group = Option<String>(
    required: "group-id", takes: .text, valueName: "GROUP-ID", help: "The group.")
  static let instance = Option(
    "group-instance-id", takes: .text, valueName: "GROUP-INSTANCE-ID",
    help: "The name of a static member.")
  static let maxMessages = Option<Int32>(
    "max-messages", takes: .integer, valueName: "MAX-MESSAGES", default: -1,
    help: "Consume so many messages; -1 is until the process is told to end.")
  static let sessionTimeout = Option<Int32?>(
    "session-timeout", takes: .integer, valueName: "TIMEOUT-MS",
    help: "Milliseconds without a heartbeat after which a member is out; classic protocol.")
  static let isVerbose = Option(flag: "verbose", help: "Tell of each record, too.")
  static let commitsByItself = Option(
    flag: "enable-autocommit", help: "Commit positions at intervals, in place of after each poll.")
  static let closeTimeout = Option<Int64>(
    "close-timeout", takes: .integer, valueName: "CLOSE-TIMEOUT-MS", default: 30_000,
    help: "Has no effect: closing takes at most 10 seconds for each of its steps.")
  static let resetPolicy = Option<String>(
    "reset-policy", takes: .text, valueName: "RESET-POLICY", default: "earliest",
    help: "Where a group without a position begins: earliest, latest, or none.")
  static let assignmentStrategy = Option<String>(
    "assignment-strategy", takes: .text, valueName: "ASSIGNMENT-STRATEGY",
    default: "org.apache.kafka.clients.consumer.RangeAssignor",
    help: "How members share out partitions, with the protocol classic.")
  static let commandConfig = RenamedOption(
    current: Option(
      "command-config", takes: .text, valueName: "CONFIG-FILE",
      help: "A file with properties of the consumer."),
    old: Option(
      "consumer.config", takes: .text, valueName: "CONFIG-FILE",
      help: "(DEPRECATED) The old name of --command-config."))
  static let bootstrapServer = Option<String>(
    required: "bootstrap-server", takes: .text, valueName: "HOST1:PORT1[,HOST2:PORT2[...]]",
    help: "Brokers to begin with.")

  static let all: [any DeclaredOption] = [
    topic, groupProtocol, remoteAssignor, group, instance, maxMessages, sessionTimeout, isVerbose,
    commitsByItself, closeTimeout, resetPolicy, assignmentStrategy, commandConfig.old,
    commandConfig.current, bootstrapServer,
  ]
}

extension VerifiableConsumerTool {
  package static var command: Command {
    Command(
      name: "verifiable-consumer", abstract: "Consume, and tell what happens as JSON.",
      discussion: "This tool consumes messages from a specific topic and emits consumer events "
        + "(e.g. group rebalances, received messages, and offsets committed) as JSON objects to "
        + "STDOUT.",
      dialect: .argparse, options: VerifiableConsumerOptions.all,
      rules: [VerifiableConsumerOptions.commandConfig.exclusion()],
      helpsWithoutWords: true)
  }
}
