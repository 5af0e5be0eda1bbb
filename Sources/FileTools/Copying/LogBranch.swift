package import SQLiteStore

/// A copy that is a cluster of its own: whoever knows the original's cluster id or leader epochs is told.
package struct LogBranch {
  package struct Outcome: Equatable, Sendable {
    package let copy: LogBackup.Outcome
    package let clusterID: String
    package let formerClusterID: String
    /// What the first start of a broker on it will take.
    package let firstEpoch: Int64
  }

  private let log: StoredLog
  private let target: String

  package init(_ log: StoredLog, to target: String) {
    self.log = log
    self.target = target
  }

  package func run(progress: (LogBackup.Stage) throws -> Void = { _ in }) throws -> Outcome {
    let former = try log.text("SELECT value FROM cluster WHERE key = 'cluster_id'") ?? "unknown"
    var identity: (clusterID: String, firstEpoch: Int64)?
    let copy = try LogBackup(log, to: target).run(
      finish: { path in
        try LogEditor(path).edit { identity = try $0.becomeAnotherCluster() }
      }, progress: progress)
    guard let identity else { preconditionFailure("a copy was published before it was changed") }
    return Outcome(
      copy: copy, clusterID: identity.clusterID, formerClusterID: former,
      firstEpoch: identity.firstEpoch)
  }
}
