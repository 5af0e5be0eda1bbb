import ActaModel

/// What is known of the audit trail's end, all of it read anew after a rollback.
final class AuditState {
  struct KnownCommitter {
    let id: Int64
    /// As its row says: rows up to this id may name it without another word.
    let usedThrough: Int64
  }

  /// The next row of `offset_commits`.
  var nextID: Int64
  var indexedThrough: Int64
  /// The last row has the id before `nextID`, so that the next one's follows by itself, which is
  /// faster than naming it.
  var endsInRow: Bool
  /// By everything but the generation, which is in the rows.
  private var committers: [Committer: KnownCommitter] = [:]

  private static let maxCommitters = 10_000

  init(nextID: Int64, indexedThrough: Int64, endsInRow: Bool) {
    self.nextID = nextID
    self.indexedThrough = indexedThrough
    self.endsInRow = endsInRow
  }

  /// Rows at the end that are in no index yet.
  var unindexed: Int64 { nextID - 1 - indexedThrough }

  subscript(committer: Committer) -> KnownCommitter? {
    get { committers[committer] }
    set {
      if committers.count >= Self.maxCommitters { committers = [:] }
      committers[committer] = newValue
    }
  }

  func forgetCommitters() { committers = [:] }
}
