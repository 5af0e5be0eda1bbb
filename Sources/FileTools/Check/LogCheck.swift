import ActaModel
import SQLite
package import SQLiteStore

/// Looks through a log's file for whatever is not as a broker leaves it: SQLite's own check, the schema, the
/// partitions' batches and records, and the rows that refer to them.
///
/// It only reads, and a broker may be running: what is large is read in slices, each a snapshot of its own,
/// and a statement that would hold one for longer than `longestStatement` is given up there. Memory does not
/// grow with the file.
package final class LogCheck {
  package struct Progress: Sendable {
    package let stage: String
    /// Bytes of batches.
    package let done: Int64
    package let total: Int64
  }

  package struct Summary: Equatable, Sendable {
    package var partitions = 0
    package var batches: Int64 = 0
    package var records: Int64 = 0
    package var bytes: Int64 = 0
  }

  /// Milliseconds, while a broker runs: it cannot empty its write-ahead log meanwhile.
  static let longestStatement: Int64 = 5_000

  let log: StoredLog
  let findings = Findings()
  /// A process serves the log.
  let isServed: Bool
  private let progress: (Progress) throws -> Void
  package private(set) var summary = Summary()
  private var totalBytes: Int64 = 0

  /// - Parameter progress: Throws what is to end the check.
  package init(_ log: StoredLog, progress: @escaping (Progress) throws -> Void = { _ in }) {
    self.log = log
    self.progress = progress
    isServed = log.server != nil
  }

  package func run() throws -> Findings {
    let partitions = try log.partitions()
    totalBytes = partitions.reduce(0) { $0 &+ max(0, $1.sizeBytes) }
    try SQLiteIntegrity(self).run()
    try SchemaCheck(self).run()
    try RowCheck(self).run()
    for partition in partitions {
      try check(partition)
      summary.partitions += 1
    }
    return findings
  }

  /// What SQLite cannot read of one partition keeps nobody from the others.
  private func check(_ partition: StoredPartition) throws {
    do throws(any Error) {
      var walk = try PartitionCheck(self, partition)
      try walk.run()
    } catch let error as SQLiteError {
      add(.error, "records", partition.name, "cannot be read: \(error)", advice: Self.restore)
    }
  }

  static let restore = "restore a backup, or copy what can be read to a new topic"

  func add(
    _ severity: Finding.Severity, _ check: String, _ place: String, _ sentence: String,
    repair: Finding.Repair? = nil, advice: String? = nil
  ) {
    findings.add(
      Finding(severity, check, place, sentence, repair: repair, advice: advice))
  }

  func begin(_ stage: String) throws {
    try progress(Progress(stage: stage, done: summary.bytes, total: totalBytes))
  }

  func note(batches: Int, records: Int64, bytes: Int64, in partition: StoredPartition) throws {
    summary.batches += Int64(batches)
    summary.records += records
    summary.bytes += bytes
    try begin(partition.name)
  }

  /// Runs `body` with a limit for its statements while a broker runs; one that reaches it is told of and not
  /// an error.
  func withinLimit(_ check: String, _ place: String, _ body: () throws -> Void) throws {
    if isServed { log.limit(statementsToMilliseconds: Self.longestStatement) }
    defer { log.limit(statementsToMilliseconds: nil) }
    do throws(any Error) {
      try body()
    } catch let error as SQLiteError where error.isInterrupted {
      add(
        .unchecked, check, place,
        "was given up after \(Self.longestStatement / 1_000) s, because a broker runs on the file",
        advice: "check it when the broker is stopped, or check a backup")
    }
  }
}
