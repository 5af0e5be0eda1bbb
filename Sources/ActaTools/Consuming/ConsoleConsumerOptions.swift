package import Arguments

/// What may stand behind `kafka-console-consumer`.
enum ConsoleConsumerOptions {
  // What to read.
  static let topic = Option(
    "topic", takes: .text, valueName: "topic", help: "The topic to read.")
  static let include = Option(
    "include", takes: .text, valueName: "Java regex (String)",
    help: "A regular expression (RE2's syntax) that the names of topics to read match.")
  static let whitelist = Option(
    "whitelist", takes: .text, valueName: "Java regex (String)",
    help: "The old name of --include.", isHidden: true)
  static let partition = Option<Int32?>(
    "partition", takes: .integer, valueName: "partition",
    help: "The partition to read, from its end unless --offset says otherwise.")
  static let offset = Option<String>(
    "offset", takes: .text, valueName: "consume offset", default: "latest",
    help: "Where to begin in the partition: a number from 0 on, earliest, or latest.")
  static let fromBeginning = Option(
    flag: "from-beginning",
    help: "Begin with the first record there is where the group has no position; the default is "
      + "what comes from now on.")
  static let maxMessages = Option<Int32?>(
    "max-messages", takes: .integer, valueName: "num_messages",
    help: "End after so many records; the default is never.")
  static let timeout = Option<Int64?>(
    "timeout-ms", takes: .integer, valueName: "timeout_ms",
    help: "End when nothing has come for so many milliseconds.")
  static let isolationLevel = Option<String>(
    "isolation-level", takes: .text, valueName: "", default: "read_uncommitted",
    help: "read_committed leaves out what a transaction has not committed.")

  // Who reads it.
  static let bootstrapServer = Option(
    "bootstrap-server", takes: .text, valueName: "server to connect to",
    help: "REQUIRED: Brokers to begin with, host:port, separated by commas.")
  static let group = Option(
    "group", takes: .text, valueName: "consumer group id",
    help: "The group; without one, a new one that commits nothing.")
  static let commandProperty = RenamedOption(
    current: Option(
      repeatable: "command-property", takes: .text, valueName: "consumer_prop",
      help: "A property of the consumer, name=value; repeatable."),
    old: Option(
      repeatable: "consumer-property", takes: .text, valueName: "consumer_prop",
      help: "(DEPRECATED) The old name of --command-property."))
  static let commandConfig = RenamedOption(
    current: Option(
      "command-config", takes: .text, valueName: "config file",
      help: "A file with properties of the consumer; [command-property] takes precedence."),
    old: Option(
      "consumer.config", takes: .text, valueName: "config file",
      help: "(DEPRECATED) The old name of --command-config."))

  // How it is shown.
  static let formatter = Option<String>(
    "formatter", takes: .text, valueName: "class", default: RecordFormatters.standard,
    help: "What records look like: a formatter of Kafka's, or json.")
  static let formatterProperty = RenamedOption(
    current: Option(
      repeatable: "formatter-property", takes: .text, valueName: "prop",
      help: "What the formatter prints, name=value; repeatable:" + formatterProperties),
    old: Option(
      repeatable: "property", takes: .text, valueName: "prop",
      help: "(DEPRECATED) The old name of --formatter-property."))
  static let formatterConfig = Option(
    "formatter-config", takes: .text, valueName: "config file",
    help: "A file with the same; [formatter-property] takes precedence.")
  static let keyDeserializer = Option(
    "key-deserializer", takes: .text, valueName: "deserializer for keys",
    help: "How keys are shown: a deserializer of Kafka's, hex, or base64.")
  static let valueDeserializer = Option(
    "value-deserializer", takes: .text, valueName: "deserializer for values",
    help: "How values are shown.")
  static let skipsErrors = Option(
    flag: "skip-message-on-error",
    help: "Pass over a record that cannot be shown, in place of ending.")
  static let systemTestEvents = Option(
    flag: "enable-systest-events", help: "Print shutdown_complete at the end, for system tests.")

  static let all: [any DeclaredOption] =
    [topic, include, whitelist, partition, offset, fromBeginning, maxMessages, timeout]
    + [isolationLevel, bootstrapServer, group]
    + commandProperty.both + commandConfig.both + [formatter] + formatterProperty.both
    + [formatterConfig, keyDeserializer, valueDeserializer, skipsErrors, systemTestEvents]

  /// In Kafka's order, which decides what is said where several are broken.
  static let rules: [Rule] = [
    .that { given in
      given.count(of: [topic, include, whitelist]) == 1
        ? nil : "Exactly one of the following arguments is required: [topic], [include]"
    },
    .requires([bootstrapServer]),
    .that { given in
      given.contains(partition) && !given.contains(topic)
        ? "The topic is required when partition is specified." : nil
    },
    .that { given in
      given.count(of: [partition, fromBeginning, offset]) == 3
        ? "Options from-beginning and offset cannot be specified together." : nil
    },
    .that { given in
      given.contains(offset) && !given.contains(partition)
        ? "The partition is required when offset is specified." : nil
    },
    commandProperty.exclusion(oldFirst: true), commandConfig.exclusion(oldFirst: true),
    formatterProperty.exclusion(oldFirst: true),
  ]

  private static let formatterProperties = """

     print.timestamp=false
     print.partition=false
     print.offset=false
     print.delivery=false
     print.epoch=false
     print.headers=false
     print.key=false
     print.value=true
     key.separator=\\t
     line.separator=\\n
     headers.separator=,
     null.literal=null
     key.deserializer=
     value.deserializer=
     headers.deserializer=
    """
}

extension ConsoleConsumerTool {
  package static var command: Command {
    Command(
      name: "kafka-console-consumer",
      abstract: "This tool helps to read data from Kafka topics and outputs it to standard output.",
      version: KafkaVersion.current, dialect: .jopt, options: ConsoleConsumerOptions.all,
      rules: ConsoleConsumerOptions.rules)
  }
}
