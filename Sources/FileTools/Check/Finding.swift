package import ActaModel
package import SQLiteStore

/// Something that is not as it should be in a log's file.
package struct Finding: Equatable, Sendable {
  package enum Severity: String, Sendable {
    /// Data are lost, or what is derived from them is wrong.
    case error
    /// No harm by itself.
    case warning
    /// Could not be looked at.
    case unchecked
  }

  /// What makes it right without a doubt, because it is derived from what is there.
  package enum Repair: Equatable, Sendable {
    case sums(PartitionID)
    case schema(SchemaDifference)
    /// Those over topics.
    case views
    case reindex(String)
    case compactionIndex(PartitionID)
    case transactionsMark(PartitionID)
  }

  package let severity: Severity
  /// What was looked at, in a word or two: `offsets`, `checksum`, `sums`, ….
  package let check: String
  /// A table, a view, a group, or a partition as `orders-0`.
  package let place: String
  package let sentence: String
  package let repair: Repair?
  /// What somebody can do where there is no repair.
  package let advice: String?

  init(
    _ severity: Severity, _ check: String, _ place: String, _ sentence: String,
    repair: Repair? = nil, advice: String? = nil
  ) {
    self.severity = severity
    self.check = check
    self.place = place
    self.sentence = sentence
    self.repair = repair
    self.advice = advice
  }
}

/// Findings as they come; memory for so many of them, and a number for the rest.
package final class Findings {
  package static let kept = 1_000

  package private(set) var all: [Finding] = []
  package private(set) var omitted = 0
  package private(set) var errorCount = 0

  package init() {}

  func add(_ finding: Finding) {
    if finding.severity == .error { errorCount += 1 }
    guard all.count < Self.kept else {
      omitted += 1
      return
    }
    all.append(finding)
  }
}
