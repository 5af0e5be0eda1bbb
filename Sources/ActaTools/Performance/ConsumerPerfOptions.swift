package import Arguments

/// What may stand behind `kafka-consumer-perf-test`.
enum ConsumerPerfOptions {
  static let bootstrapServer = Option(
    "bootstrap-server", takes: .text, valueName: "server to connect to",
    help: "REQUIRED: Brokers to begin with, host:port, separated by commas.")
  static let brokerList = Option(
    "broker-list", takes: .text, help: "The old name of --bootstrap-server.", isHidden: true)
  static let topic = Option("topic", takes: .text, valueName: "topic", help: "The topic to read.")
  static let include = Option(
    "include", takes: .text, valueName: "Java regex (String)",
    help: "A regular expression (RE2's syntax) that the names of topics to read match.")
  static let count = RenamedOption(
    current: Option<Int64?>(
      "num-records", takes: .integer, valueName: "count",
      help: "REQUIRED: How many records to read."),
    old: Option<Int64?>(
      "messages", takes: .integer, valueName: "count",
      help: "(DEPRECATED) The old name of --num-records."))
  static let group = Option(
    "group", takes: .text, valueName: "gid",
    help: "The group.", defaultText: "perf-consumer- and a number")
  static let isFromLatest = Option(
    flag: "from-latest",
    help: "Begin with what comes from now on where the group has no position; the default is with "
      + "the first record there is.")
  static let fetchSize = Option<Int32>(
    "fetch-size", takes: .integer, valueName: "size", default: 1_048_576,
    help: "Bytes that a request fetches of one partition at most.")
  static let socketBuffer = Option<Int32>(
    "socket-buffer-size", takes: .integer, valueName: "size", default: 2_097_152,
    help: "Bytes that the system buffers; it knows better here.")
  static let timeout = Option<Int64>(
    "timeout", takes: .integer, valueName: "milliseconds", default: 10_000,
    help: "Milliseconds between two records at most.")
  static let commandProperty = Option(
    repeatable: "command-property", takes: .text, valueName: "prop1=val1",
    help: "A property of the consumer, name=value; repeatable.")
  static let commandConfig = RenamedOption(
    current: Option(
      "command-config", takes: .text, valueName: "config file",
      help: "A file with properties of the consumer."),
    old: Option(
      "consumer.config", takes: .text, valueName: "config file",
      help: "(DEPRECATED) The old name of --command-config."))
  static let isDetailed = Option(
    flag: "show-detailed-stats", help: "Print a line every --reporting-interval, and no total.")
  static let interval = Option<Int64>(
    "reporting-interval", takes: .integer, valueName: "interval_ms", default: 5_000,
    help: "Milliseconds between two lines.")
  static let dateFormat = Option<String>(
    "date-format", takes: .text, valueName: "date format", default: "yyyy-MM-dd HH:mm:ss:SSS",
    help: "How times are written, in letters of Java's SimpleDateFormat: y M d H m s S.")
  static let hidesHeader = Option(
    flag: "hide-header", help: "Leave out the line with the names of the columns.")
  static let printsMetrics = Option(
    flag: "print-metrics", help: "Print what the client has counted at the end.")
  static let threads = Option<Int32?>(
    "threads", takes: .integer, help: "Has no effect.", isHidden: true)
  static let fetchThreads = Option<Int32?>(
    "num-fetch-threads", takes: .integer, help: "Has no effect.", isHidden: true)

  static let all: [any DeclaredOption] =
    [bootstrapServer, brokerList, topic, include] + count.both
    + [group, isFromLatest, fetchSize, socketBuffer, timeout, commandProperty]
    + commandConfig.both
    + [isDetailed, interval, dateFormat, hidesHeader, printsMetrics, threads, fetchThreads]

  static let rules: [Rule] = [
    .that { given in
      given.count(of: count.both) == 1
        ? nil
        : "Exactly one of the following arguments is required: [num-records], [messages]"
    },
    .that { given in
      given.count(of: [topic, include]) == 1
        ? nil : "Exactly one of the following arguments is required: [topic], [include]"
    },
    .that { given in
      given.count(of: [bootstrapServer, brokerList]) == 0
        ? "Missing required argument \"[bootstrap-server]\"" : nil
    },
    commandConfig.exclusion(),
  ]
}

extension ConsumerPerfTool {
  package static var command: Command {
    Command(
      name: "kafka-consumer-perf-test",
      abstract: "This tool is used to verify the consumer performance.",
      version: KafkaVersion.current, dialect: .jopt, options: ConsumerPerfOptions.all,
      rules: ConsumerPerfOptions.rules)
  }
}
