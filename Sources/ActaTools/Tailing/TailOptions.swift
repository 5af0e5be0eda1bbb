package import Arguments

/// What may stand behind `acta tail`.
enum TailOptions {
  static let bootstrapServer = Option<String>(
    "bootstrap-server", short: "b", takes: .text, valueName: "host:port", default: "localhost:9092",
    help: "Brokers to begin with, separated by commas.")
  static let commandConfig = Option(
    "command-config", takes: .fileName, valueName: "file",
    help: "A file with properties of the consumer, in Java's syntax.")
  static let property = Option(
    repeatable: "property", short: "X", takes: .text, valueName: "name=value",
    help: "A property of the consumer.")
  static let partition = Option<Int?>(
    "partition", short: "p", takes: .number(in: 0...Int(Int32.max)),
    help: "Only this partition.")
  static let offset = Option<TailStart>(
    "offset", short: "o", takes: TailStart.type, default: .relative(10),
    help: "Where to begin in each partition: beginning, end, -N (so many before the end), N (that "
      + "offset), or s@T (the first record of that time, in milliseconds since 1970).")
  static let count = Option<Int?>(
    "count", short: "c", takes: .number(in: 0 ... .max), help: "End after so many records.")
  static let exits = Option(
    flag: "exit", short: "e", help: "End when all has been printed that is there now.")
  static let format = Option<String>(
    "format", short: "f", takes: .text, default: #"%s\n"#,
    help: "What is printed of a record.")
  static let envelope = Option(
    flag: "json", short: "J", help: "Print a line of JSON a record, as kcat -J does.")
  static let null = Option(
    flag: "null", short: "Z", help: "Print NULL for keys and values that are null.")
  static let topic = Operand("topic", help: "The topic to read.")

  static let all: [any DeclaredOption] = [
    bootstrapServer, offset, count, exits, format, envelope, partition, null, property,
    commandConfig,
  ]

  static let rules: [Rule] = [.excludes(envelope, [format])]
}

extension TailTool {
  package static var command: Command {
    Command(
      name: name, abstract: "Print the records of a topic as they come.",
      discussion: #"""
        In a format, letters stand for parts of a record, as with kcat:
         %t %p %o   topic, partition, offset
         %k %s      key and value;  %K %S  their lengths, -1 for null;  %R  that of the value as 4 bytes
         %h         headers, name=value,name=value
         %T %D      timestamp in milliseconds since 1970, and as 2026-01-01T12:00:00.000Z
         \n \t \r \xFF \\ %%

        Examples:
         acta tail orders -o beginning -e
         acta tail orders -o -100 -f '%p %o %k: %s\n'
         acta tail orders -J | jq .payload
        """#,
      options: TailOptions.all, operands: [TailOptions.topic], rules: TailOptions.rules)
  }
}
