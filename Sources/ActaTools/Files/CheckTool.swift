import ActaClient
package import Arguments
import FileTools
import SQLiteStore

/// `acta check`: whether a log's file is as a broker leaves it.
package struct CheckTool: Tool {
  package static let name = "check"

  package static var command: Command {
    Command(
      name: name, abstract: "Check a log's file; repair what is derived.",
      discussion: """
        Looks at all of the file: SQLite's own check, the schema, offsets, checksums, timestamps, sums, the index \
        of compaction, transactions, committed offsets. It reads only, and a broker may be running: it reads in \
        slices then, and says what it could not look at. Ends with 1 if there is an error.

        --repair makes anew what follows from the rest of the file (sums, views, indexes, triggers); a broker must \
        not be running. Of everything else it says what can be done.

        Examples:
          acta check acta.db
          acta check --output json backup.db
          acta check --repair acta.db
        """,
      options: [repairs, OutputFormat.option], operands: [LogFile.operand])
  }

  private static let repairs = Option(
    flag: "repair", help: "Repair what is derived from the rest of the file.")

  private let invocation: Invocation

  package init(_ invocation: Invocation) throws { self.invocation = invocation }

  package func run(_ console: Console) async throws -> Int32 {
    let path = invocation.operands[0]
    let (findings, summary) = try check(path, console)
    var repaired: [Finding] = []
    if invocation[Self.repairs] { repaired = try LogRepair.run(findings, path: path) }
    let left = findings.errorCount - repaired.filter { $0.severity == .error }.count
    let report = CheckReport(findings: findings, repaired: repaired, summary: summary)
    switch invocation[OutputFormat.option] {
    case .text: report.write(to: console, path)
    case .json: console.writeJSON(report.json)
    }
    return left > 0 ? 1 : 0
  }

  private func check(_ path: String, _ console: Console) throws -> (Findings, LogCheck.Summary) {
    let line = ProgressLine(console)
    let check = LogCheck(try StoredLog(reading: path)) { progress in
      try line.show("Checking \(progress.stage)", progress.done, of: progress.total)
    }
    defer { line.clear() }
    return (try check.run(), check.summary)
  }
}

/// What a check has found, for people and programs.
private struct CheckReport {
  let findings: Findings
  let repaired: [Finding]
  let summary: LogCheck.Summary

  func write(to console: Console, _ path: String) {
    for finding in findings.all {
      console.output.write(line(finding, isColored: console.isColored))
    }
    if findings.omitted > 0 { console.output.write("… and \(findings.omitted) more.\n") }
    let looked =
      "\(summary.partitions) partitions, \(summary.batches) batches, \(summary.records) records"
    let count = findings.all.count + findings.omitted
    let found = count == 1 ? "1 finding" : "\(count) findings"
    let verdict =
      count == 0 ? "nothing is wrong" : "\(found), \(findings.errorCount) of them errors"
    console.output.write("\(path): \(looked): \(verdict).\n")
  }

  private func line(_ finding: Finding, isColored: Bool) -> String {
    let color = finding.severity == .error ? "31" : "33"
    let severity = finding.severity.rawValue.uppercased()
    let label = isColored ? "\u{1b}[\(color)m\(severity)\u{1b}[0m" : severity
    return
      "\(label) \(finding.check) \(finding.place): \(finding.sentence). \(consequence(finding))\n"
  }

  private func consequence(_ finding: Finding) -> String {
    if repaired.contains(finding) { return "Repaired." }
    if finding.repair != nil { return "Can be repaired: --repair." }
    return finding.advice.map { "What to do: \($0)." } ?? ""
  }

  var json: JSONValue {
    .object([
      ("partitions", .number("\(summary.partitions)")), ("batches", .number("\(summary.batches)")),
      ("records", .number("\(summary.records)")), ("errors", .number("\(findings.errorCount)")),
      ("omitted", .number("\(findings.omitted)")),
      ("findings", .array(findings.all.map { json($0) })),
    ])
  }

  private func json(_ finding: Finding) -> JSONValue {
    .object([
      ("severity", .string(finding.severity.rawValue)), ("check", .string(finding.check)),
      ("place", .string(finding.place)), ("sentence", .string(finding.sentence)),
      ("repairable", .bool(finding.repair != nil)), ("repaired", .bool(repaired.contains(finding))),
      ("advice", finding.advice.map { .string($0) } ?? .null),
    ])
  }
}
