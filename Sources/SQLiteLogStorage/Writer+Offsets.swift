import ActaModel
import LogStorage
import SQLite

/// Committed offsets. Every change of one goes into the audit trail with it.
extension Writer {
  func commit(
    _ commits: [OffsetCommit], of group: String, by committer: Committer
  ) throws(SQLiteError) -> [Result<Void, StorageError>] {
    let id = try existingGroupID(of: group)
    guard logBytes < options.logMaximumBytes else { return commits.map { _ in .failure(.pinned) } }
    var results: [Result<Void, StorageError>] = []
    results.reserveCapacity(commits.count)
    for commit in commits {
      guard partitions[commit.partition] != nil else {
        results.append(.failure(.unknownPartition(commit.partition)))
        continue
      }
      try keep(commit, of: id, named: group, by: committer)
      results.append(.success(()))
    }
    return results
  }

  private func keep(
    _ commit: OffsetCommit, of group: Int64, named name: String, by committer: Committer
  ) throws(SQLiteError) {
    let before = try storedOffset(of: group, in: commit.partition)
    if let before, before.says(commit) { return try refresh(commit, of: group) }
    let positionID =
      if let before { before.positionID } else {
        try positionID(of: name, in: commit.partition)
      }
    try groupStatements.writeOffset.bind(group, at: 1)
    try groupStatements.writeOffset.bind(commit.partition.value, at: 2)
    try groupStatements.writeOffset.bind(commit.offset, at: 3)
    try groupStatements.writeOffset.bind(Int64(commit.leaderEpoch), at: 4)
    try groupStatements.writeOffset.bind(commit.metadata, at: 5)
    try groupStatements.writeOffset.bind(now, at: 6)
    try groupStatements.writeOffset.bind(commit.expiresAt, at: 7)
    try groupStatements.writeOffset.bind(positionID, at: 8)
    try groupStatements.writeOffset.run()
    try audit(
      AuditEntry(
        positionID: positionID, before: before?.offset, after: commit.offset,
        leaderEpoch: commit.leaderEpoch, metadata: commit.metadata), by: committer)
  }

  private func refresh(_ commit: OffsetCommit, of group: Int64) throws(SQLiteError) {
    try groupStatements.refreshOffset.bind(now, at: 1)
    try groupStatements.refreshOffset.bind(commit.expiresAt, at: 2)
    try groupStatements.refreshOffset.bind(group, at: 3)
    try groupStatements.refreshOffset.bind(commit.partition.value, at: 4)
    try groupStatements.refreshOffset.run()
  }

  // MARK: Reading

  func committedOffsets(
    of group: String, in partitions: [PartitionID]?
  ) throws(SQLiteError) -> [PartitionID: CommittedOffset] {
    guard let id = try groupID(of: group) else { return [:] }
    var offsets: [PartitionID: CommittedOffset] = [:]
    guard let partitions else {
      for offset in try storedOffsets(of: id) { offsets[offset.partition] = offset.committed }
      return offsets
    }
    for partition in partitions {
      offsets[partition] = try storedOffset(of: id, in: partition)?.committed
    }
    return offsets
  }

  private func storedOffset(
    of group: Int64, in partition: PartitionID
  ) throws(SQLiteError) -> StoredOffset? {
    try groupStatements.readOffset.bind(group, at: 1)
    try groupStatements.readOffset.bind(partition.value, at: 2)
    guard try groupStatements.readOffset.step() else { return nil }
    defer { groupStatements.readOffset.reset() }
    return StoredOffset(row: groupStatements.readOffset)
  }

  func storedOffsets(of group: Int64) throws(SQLiteError) -> [StoredOffset] {
    try groupStatements.readOffsets.bind(group, at: 1)
    var offsets: [StoredOffset] = []
    while try groupStatements.readOffsets.step() {
      offsets.append(StoredOffset(row: groupStatements.readOffsets))
    }
    return offsets
  }

  // MARK: Forgetting

  func deleteOffsets(
    of group: String, in partitions: [PartitionID], by committer: Committer
  ) throws(SQLiteError) -> [Bool] {
    guard let id = try groupID(of: group) else { return partitions.map { _ in false } }
    var found: [Bool] = []
    for partition in partitions {
      let offset = try storedOffset(of: id, in: partition)
      if let offset { try forget([offset], of: id, by: committer) }
      found.append(offset != nil)
    }
    return found
  }

  func forget(
    _ offsets: [StoredOffset], of group: Int64, by committer: Committer
  ) throws(SQLiteError) {
    for offset in offsets {
      try groupStatements.deleteOffset.run(group, offset.partition.value)
      try audit(
        AuditEntry(positionID: offset.positionID, before: offset.offset), by: committer)
    }
  }

  func expireOffsets(
    of group: String, by rule: OffsetExpiry, retentionMilliseconds: Int64
  ) throws(SQLiteError) -> Int {
    guard let id = try groupID(of: group) else { return 0 }
    let offsets = try storedOffsets(of: id)
    let due = try dueTime(of: id, by: rule, retentionMilliseconds)
    let expired = offsets.filter { due($0) <= now }
    try forget(expired, of: id, by: Committer(source: .expiry))
    return offsets.count - expired.count
  }

  /// When each offset of the group is to be forgotten; a time of its own goes before the rule.
  private func dueTime(
    of group: Int64, by rule: OffsetExpiry, _ retention: Int64
  ) throws(SQLiteError) -> (StoredOffset) -> Int64 {
    switch rule {
    case .never: return { _ in .max }
    case .sinceEmpty:
      let since = try connection.integer(
        "SELECT state_changed_at FROM consumer_groups WHERE id = \(group)")
      let due = (since ?? now).addingSaturated(retention)
      return { $0.expiresAt ?? due }
    case .sinceCommit(let exceptTopics):
      let exempt = Set(
        exceptTopics.compactMap { catalog.id(of: $0) }
          .flatMap { catalog.topics[$0]?.topic.partitions ?? [] })
      return { offset in
        if exempt.contains(offset.partition) { return .max }
        return offset.expiresAt ?? offset.committedAt.addingSaturated(retention)
      }
    }
  }

  /// What groups have committed for the partitions of a topic that goes, in this transaction.
  func forgetOffsets(in partitions: [PartitionID]) throws(SQLiteError) {
    let rows = try connection.prepare(
      "SELECT \(StoredOffset.columns), group_id FROM committed_offsets WHERE partition_id = ?")
    for partition in partitions {
      try rows.bind(partition.value, at: 1)
      var offsets: [(group: Int64, offset: StoredOffset)] = []
      while try rows.step() { offsets.append((rows.integer(7), StoredOffset(row: rows))) }
      for (group, offset) in offsets {
        try forget([offset], of: group, by: Committer(source: .topicDeletion))
      }
    }
  }
}

extension Int64 {
  fileprivate func addingSaturated(_ other: Int64) -> Int64 {
    let (sum, overflows) = addingReportingOverflow(other)
    return overflows ? .max : sum
  }
}
