import ActaCLI
package import Arguments
import FileTools
import SQLiteStore

/// `acta find`: records of a topic by key, content or time.
package struct FindTool: Tool {
  package static let name = "find"

  package static var command: Command {
    Command(
      name: name, abstract: "Find records of a topic by key, content or time.",
      discussion: """
        Reads the file, with or without a broker on it, in small slices, and ends when it has found enough. \
        Records of transactions that are open or were aborted are left out, as for everybody who reads committed \
        records only.

        Examples:
          acta find orders --key customer-17 --data acta.db
          acta find orders --json '$.status=failed' --since 1h
          acta find orders --json '$.error' --text timeout --limit 5 --output json
        """,
      options: [
        key, text, json, since, until, partition, limit, includesUncommitted, LogFile.option,
        OutputFormat.option,
      ],
      operands: [Operand("topic")])
  }

  private static let key = Option("key", takes: .text, help: "The whole key.")
  private static let text = Option(
    "text", takes: .text, help: "Something that stands in the key or the value, byte by byte.")
  private static let json = Option(
    "json", takes: jsonCondition, valueName: "path=value",
    help:
      "What a value in JSON has: $.status=failed, $.count!=0, or $.error alone for whatever it is.")
  private static let since = Option(
    "since", takes: Moment.type, valueName: "time",
    help: "Records of that time or later: 1h (ago), 2026-01-31T12:30:00Z, or epoch milliseconds.")
  private static let until = Option(
    "until", takes: Moment.type, valueName: "time", help: "Records from before that time.")
  private static let partition = Option<Int?>(
    "partition", takes: .number(in: 0 ... .max), help: "Only that one.")
  private static let limit = Option(
    "limit", takes: .number(in: 1 ... .max), valueName: "records", default: 100,
    help: "How many to find.")
  private static let includesUncommitted = Option(
    flag: "include-uncommitted", help: "Records of open and aborted transactions, too.")

  private static let jsonCondition = ValueType<JSONCondition>(
    expectation: "a path that begins with $, alone or with =value or !=value",
    read: { JSONCondition($0) }, text: { $0.path })

  private let invocation: Invocation
  private let condition: RecordSearch.Condition

  package init(_ invocation: Invocation) throws {
    self.invocation = invocation
    var condition = RecordSearch.Condition()
    condition.key = invocation[Self.key].map { Array($0.utf8) }
    condition.text = invocation[Self.text].map { Array($0.utf8) }
    condition.json = invocation[Self.json]
    condition.since = invocation[Self.since]
    condition.until = invocation[Self.until]
    condition.includesUncommitted = invocation[Self.includesUncommitted]
    self.condition = condition
  }

  package func run(_ console: Console) async throws -> Int32 {
    let log = try StoredLog(reading: invocation[LogFile.option])
    let search = RecordSearch(log, condition)
    var left = invocation[Self.limit]
    for partition in try partitions(of: log) {
      let goesOn = try search.run(
        in: partition, progress: { try console.goOn() },
        found: { match in
          console.output.write(line(match, console))
          left -= 1
          return left > 0
        })
      guard goesOn else { break }
    }
    // As grep says it.
    return left == invocation[Self.limit] ? 1 : 0
  }

  private func partitions(of log: StoredLog) throws -> [StoredPartition] {
    let topic = invocation.operands[0]
    let found = try log.partitions().filter { $0.topic == topic }
    guard !found.isEmpty else { throw ToolError("\(log.path) has no topic \(topic).") }
    guard let number = invocation[Self.partition] else { return found }
    let wanted = found.filter { $0.number == Int64(number) }
    guard !wanted.isEmpty else { throw ToolError("Topic \(topic) has no partition \(number).") }
    return wanted
  }

  private func line(_ match: RecordSearch.Match, _ console: Console) -> [UInt8] {
    var text: [UInt8] = []
    if invocation[OutputFormat.option] == .json {
      match.appendJSON(to: &text)
    } else {
      let time = match.timestamp < 0 ? "-" : LogTime(milliseconds: match.timestamp).iso8601
      let (begin, end) = console.isColored ? ("\u{1b}[33m", "\u{1b}[0m") : ("", "")
      text += "\(begin)\(match.topic)-\(match.partition) \(match.offset)\(end) \(time)".utf8
      if let state = match.transactionState { text += " [\(state)]".utf8 }
      for bytes in [match.key, match.value] {
        text += Array("\t".utf8) + (bytes ?? Array("NULL".utf8))
      }
      if let headers = match.headers { text += Array("\t".utf8) + headers }
    }
    return text + [UInt8(ascii: "\n")]
  }
}
