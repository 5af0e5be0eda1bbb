import Arguments

/// The options of `kafka-consumer-groups`, and which go together.
enum ConsumerGroupOptions {
  static let connection = ConnectionOptions.jopt
  static let group = Option<[String]>(
    repeatable: "group", takes: .text, valueName: "group id", help: "The consumer group's id.")
  static let allGroups = Option(flag: "all-groups", help: "Every consumer group.")
  static let topic = Option<[String]>(
    repeatable: "topic", takes: .text, valueName: "topic",
    help: "A topic whose offsets are reset or deleted; topic:0,1,2 is some of its partitions.")
  static let allTopics = Option(
    flag: "all-topics", help: "Every partition that the group has an offset of.")
  static let timeout = Option<Int64>(
    "timeout", takes: .integer, valueName: "timeout (ms)", default: 30_000,
    help: "How long a request may take, with all its attempts.")

  static let list = Option(flag: "list", help: "List the consumer groups.")
  static let describe = Option(
    flag: "describe", help: "Describe groups, and how far they are behind.")
  static let delete = Option(flag: "delete", help: "Delete groups and their offsets.")
  static let resetOffsets = Option(
    flag: "reset-offsets",
    help:
      "Reset the offsets of groups without members. Says what would be done, unless --execute is "
      + "given.\nTakes one of --to-earliest, --to-latest, --to-current, --to-offset, --shift-by, "
      + "--to-datetime, --by-duration, --from-file, --to-state-at, --undo; and --topic or --all-topics, "
      + "which the last three can do without.")
  static let deleteOffsets = Option(
    flag: "delete-offsets", help: "Delete a group's offsets of topics.")
  static let validateRegex = Option<String?>(
    "validate-regex", takes: .text, valueName: "regex",
    help: "Say whether this is a regular expression as RE2 has them.")

  static let members = Option(flag: "members", help: "Describe the members of groups.")
  static let offsets = Option(
    flag: "offsets", help: "Describe the offsets of groups. Holds if nothing else is said.")
  static let state = Option<Given<String>>(
    optionalValue: "state", takes: .text, valueName: "",
    help: "Describe the state of groups; or list their states, or only groups in some: "
      + "--list --state stable,empty.")
  static let type = Option<Given<String>>(
    optionalValue: "type", takes: .text, valueName: "",
    help: "List the types of groups, or only groups of some: --list --type classic,consumer.")
  static let verbose = Option(flag: "verbose", help: "Describe more.")

  static let dryRun = Option(flag: "dry-run", help: "Say which offsets would be reset.")
  static let execute = Option(flag: "execute", help: "Reset them.")
  static let export = Option(
    flag: "export", help: "Print the new offsets as --from-file reads them.")
  static let toOffset = Option<[Int64]>(
    repeatable: "to-offset", takes: .integer, valueName: "offset", help: "Reset to this offset.")
  static let fromFile = Option<[String]>(
    repeatable: "from-file", takes: .text, valueName: "path to CSV file",
    help: "Reset to what the file says.")
  static let toDatetime = Option<[String]>(
    repeatable: "to-datetime", takes: .text, valueName: "datetime",
    help: "Reset to the first record of this time or later: 'YYYY-MM-DDThh:mm:ss.sss', in UTC "
      + "unless a zone follows.")
  static let byDuration = Option<String?>(
    "by-duration", takes: .text, valueName: "duration",
    help: "Reset to the first record that is no older: 'PnDTnHnMnS'.")
  static let toEarliest = Option(flag: "to-earliest", help: "Reset to the earliest offset.")
  static let toLatest = Option(flag: "to-latest", help: "Reset to the latest offset.")
  static let toCurrent = Option(
    flag: "to-current", help: "Reset to the group's offset; the latest where it has none.")
  static let shiftBy = Option<Int64?>(
    "shift-by", takes: .integer, valueName: "number-of-offsets",
    help: "Move the offset forward, or back if the number is negative.")

  static let undo = Option(
    flag: "undo",
    help:
      "Take back what moved the group last: a reset, a deletion, or a commit behind where it was. "
      + "Twice is as if nothing had been done.\n" + auditedOnly)
  static let toStateAt = Option<Int64?>(
    "to-state-at", takes: Moment.type, valueName: "time",
    help: "Reset to where the group was at this time: 1h (ago), 2026-01-31T12:30:00Z, or epoch "
      + "milliseconds.\n" + auditedOnly)
  static let database = Option<String?>(
    "database", takes: .fileName, valueName: "file",
    help:
      "The database of an Acta broker, whose audit trail is read. Found by itself where the broker "
      + "runs on this machine.")

  private static let auditedOnly =
    "Only for Acta's brokers, and beside their database: Apache Kafka keeps no trail of positions."

  static let actions: [any DeclaredOption] = [
    list, describe, delete, resetOffsets, deleteOffsets, validateRegex,
  ]

  /// In the order in which Kafka looks for one too many; ours behind them.
  static let scenarios: [any DeclaredOption] = [
    toOffset, toDatetime, byDuration, toEarliest, toLatest, toCurrent, shiftBy, fromFile, toStateAt,
    undo,
  ]

  /// As Kafka lists them; ours behind them.
  static let scenarioNames = [
    "to-datetime", "from-file", "shift-by", "to-offset", "to-earliest", "to-current", "to-latest",
    "by-duration", "to-state-at", "undo",
  ]

  static let all: [any DeclaredOption] =
    connection.all + actions + scenarios
    + [
      group, allGroups, topic, allTopics, timeout, members, offsets, state, type, verbose, dryRun,
      execute, export, database, OutputFormat.option,
    ]

  /// Java's words for those there are; without `--execute` and `--dry-run`, on standard error.
  static let dryRunNotice = """
    WARN: No action will be performed as the --execute option is missing. In version 5.0, this command \
    will require either --dry-run or --execute to be specified. You should add the --dry-run option \
    explicitly if you are scripting this command and want to keep the current default behavior without \
    prompting.

    """

  static func isDryRunMeant(_ given: GivenOptions) -> Bool {
    given.contains(resetOffsets) && given.count(of: [dryRun, execute]) == 0
  }
}
