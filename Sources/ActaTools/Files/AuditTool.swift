import ActaCLI
import ActaClient
package import Arguments
import FileTools
import SQLiteStore

/// `acta audit`: who has moved a group, and where it stood.
package struct AuditTool: Tool {
  package static let name = "audit"

  package static var command: Command {
    Command(
      name: name, abstract: "Show who has changed a group's committed offsets.",
      discussion: """
        Every change of a committed offset is in the log's file: when, from what to what, by whom and from where. \
        With --as-of, the positions as they were at that time. Reads the file, with or without a broker on it.
        --undo says what would take back the group's last reset, deletion or rewind, and with --execute has the \
        broker do it: as acta consumer-groups --reset-offsets --undo.

        Examples:
          acta audit payments --data acta.db
          acta audit payments --rewinds --limit 10
          acta audit payments --as-of 2026-01-31T12:30:00Z --output json
          acta audit payments --undo --execute --bootstrap-server localhost:9092
        """,
      options: [
        asOf, topic, rewinds, limit, undo, execute, bootstrapServer, LogFile.option,
        OutputFormat.option,
      ],
      operands: [Operand("group")])
  }

  private static let asOf = Option(
    "as-of", takes: Moment.type, valueName: "time",
    help: "The positions at that time: 1h (ago), 2026-01-31T12:30:00Z, or epoch milliseconds.")
  private static let topic = Option("topic", takes: .text, help: "Only that one.")
  private static let rewinds = Option(flag: "rewinds", help: "Only changes to a lower offset.")
  private static let limit = Option(
    "limit", takes: .number(in: 1...1_000_000), valueName: "changes", default: 100,
    help: "How many changes, the newest.")
  private static let undo = Option(
    flag: "undo", help: "Take back the last reset, deletion or rewind of the group.")
  private static let execute = Option(flag: "execute", help: "Do it; --undo says what otherwise.")
  private static let bootstrapServer = Option(
    "bootstrap-server", takes: .text, valueName: "host:port", default: "localhost:9092",
    help: "The broker that --undo is asked of.")

  private let invocation: Invocation

  package init(_ invocation: Invocation) throws { self.invocation = invocation }

  package func run(_ console: Console) async throws -> Int32 {
    if invocation[Self.undo] { return await undo(console) }
    let log = try StoredLog(reading: invocation[LogFile.option])
    let history = CommitHistory(log, group: invocation.operands[0])
    guard try history.isKnown() else {
      throw ToolError("\(log.path) knows no group \(invocation.operands[0]).")
    }
    let changes =
      if let time = invocation[Self.asOf] {
        try history.positions(at: time, topic: invocation[Self.topic])
      } else {
        try history.changes(
          topic: invocation[Self.topic], rewindsOnly: invocation[Self.rewinds],
          limit: invocation[Self.limit])
      }
    switch invocation[OutputFormat.option] {
    case .json: console.writeJSON(.array(changes.map { json($0) }))
    case .text: write(changes, to: console)
    }
    return 0
  }

  private func undo(_ console: Console) async -> Int32 {
    var words = [
      "--bootstrap-server", invocation[Self.bootstrapServer], "--group", invocation.operands[0],
      "--database", invocation[LogFile.option], "--reset-offsets", "--undo",
      invocation[Self.execute] ? "--execute" : "--dry-run",
      "--output", invocation[OutputFormat.option].rawValue,
    ]
    if let topic = invocation[Self.topic] { words += ["--topic", topic] }
    return await ToolRunner.run(ConsumerGroupsTool.self, words, console)
  }

  private func write(_ changes: [CommitHistory.Change], to console: Console) {
    var table = TextTable(
      [
        "TIME", "TOPIC", "PARTITION", "BEFORE", "AFTER", "CHANGE", "SOURCE", "CLIENT", "HOST",
        "PRINCIPAL",
      ]
      .map { .init($0) }, separator: "  ")
    for change in changes { table.append(cells(change)) }
    let rewinds = [false] + changes.map(\.isRewind)
    for (line, isRewind) in zip(table.lines, rewinds) {
      let isMarked = isRewind && console.isColored
      console.output.write(isMarked ? "\u{1b}[31m\(line)\u{1b}[0m\n" : line + "\n")
    }
  }

  private func cells(_ change: CommitHistory.Change) -> [String] {
    [
      LogTime(milliseconds: change.committedAt).iso8601, change.topic, "\(change.partition)",
      change.before.map { "\($0)" } ?? "-", change.after.map { "\($0)" } ?? "-", distance(change),
      change.transactionalID.map { "\(change.source) \($0)" } ?? change.source, change.client,
      change.host, change.principal ?? "-",
    ]
  }

  private func distance(_ change: CommitHistory.Change) -> String {
    guard let before = change.before else { return "first" }
    guard let after = change.after else { return "forgotten" }
    return change.isRewind ? "\(after - before) REWIND" : "+\(after - before)"
  }

  private func json(_ change: CommitHistory.Change) -> JSONValue {
    .object([
      ("time", .string(LogTime(milliseconds: change.committedAt).iso8601)),
      ("committedAt", .integer(change.committedAt)), ("topic", .string(change.topic)),
      ("partition", .integer(change.partition)), ("before", .integer(change.before)),
      ("after", .integer(change.after)), ("rewind", .bool(change.isRewind)),
      ("source", .string(change.source)), ("client", .string(change.client)),
      ("host", .string(change.host)), ("member", .text(change.member)),
      ("principal", .text(change.principal)), ("software", .text(change.software)),
      ("transactionalId", .text(change.transactionalID)),
    ])
  }
}
