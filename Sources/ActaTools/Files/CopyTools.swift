import ActaClient
package import Arguments
import FileTools
import SQLiteStore

/// `acta backup`: a copy of a log's file, of one moment, also while a broker runs on it.
package struct BackupTool: Tool {
  package static let name = "backup"

  package static var command: Command {
    Command(
      name: name, abstract: "Copy a log's file, also while a broker runs on it.",
      discussion: """
        The copy is whole and of one moment; it is checked, and on disk when this says so. A file that is there is \
        never overwritten. While it is copied, a broker that runs cannot empty its write-ahead log, which grows \
        by what is written meanwhile.

        Examples:
          acta backup acta.db backup-monday.db
          acta serve --data backup-monday.db
        """,
      options: [OutputFormat.option], operands: CopyOperands.all)
  }

  private let invocation: Invocation

  package init(_ invocation: Invocation) throws { self.invocation = invocation }

  package func run(_ console: Console) async throws -> Int32 {
    let target = invocation.operands[1]
    let line = ProgressLine(console)
    defer { line.clear() }
    let outcome = try LogBackup(try LogFile.open(invocation), to: target)
      .run(progress: { try line.show($0) })
    line.clear()
    switch invocation[OutputFormat.option] {
    case .text:
      console.output.write(
        "\(target): \(outcome.records) records, \(outcome.bytes) bytes, checked and on disk.\n")
    case .json:
      console.writeJSON(
        .object([
          ("file", .string(target)), ("records", .number("\(outcome.records)")),
          ("bytes", .number("\(outcome.bytes)")),
        ]))
    }
    return 0
  }
}

/// `acta branch`: a copy that is another cluster.
package struct BranchTool: Tool {
  package static let name = "branch"

  package static var command: Command {
    Command(
      name: name, abstract: "Copy a log's file as a cluster of its own.",
      discussion: """
        A copy like that of `acta backup`, with a cluster id of its own and leader epochs that the original will \
        not come to: a client that has read from the original, and goes on here, is told that its positions are of \
        another log. Groups keep their committed offsets.

        Examples:
          acta branch acta.db experiment.db
          acta serve --data experiment.db --listeners PLAINTEXT://localhost:9192
        """,
      options: [OutputFormat.option], operands: CopyOperands.all)
  }

  private let invocation: Invocation

  package init(_ invocation: Invocation) throws { self.invocation = invocation }

  package func run(_ console: Console) async throws -> Int32 {
    let target = invocation.operands[1]
    let line = ProgressLine(console)
    defer { line.clear() }
    let outcome = try LogBranch(try LogFile.open(invocation), to: target).run {
      try line.show($0)
    }
    line.clear()
    switch invocation[OutputFormat.option] {
    case .text:
      console.output.write(
        """
        \(target): \(outcome.copy.records) records, checked and on disk.
        Its cluster id is \(outcome.clusterID); that of the original is \(outcome.formerClusterID).
        Its leader epochs begin at \(outcome.firstEpoch).

        """)
    case .json:
      console.writeJSON(
        .object([
          ("file", .string(target)), ("records", .number("\(outcome.copy.records)")),
          ("clusterId", .string(outcome.clusterID)),
          ("formerClusterId", .string(outcome.formerClusterID)),
          ("firstLeaderEpoch", .number("\(outcome.firstEpoch)")),
        ]))
    }
    return 0
  }
}

private enum CopyOperands {
  static let all = [
    LogFile.operand, Operand("new-file", help: "The copy; nothing of that name may be there."),
  ]
}

extension ProgressLine {
  fileprivate func show(_ stage: LogBackup.Stage) throws {
    switch stage {
    case .copying(let done, let total): try show("Copying", done, of: total)
    case .checking: try show("Checking the copy")
    case .syncing: try show("Syncing")
    }
  }
}
