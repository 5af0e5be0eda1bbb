import ActaModel
import BatchCodec
import Coordination
import LogStorage

/// A turn of the writer: a store's turn, with the decisions about logs and topics above it. Requests are
/// applied to it, and residents are lent it.
final class EngineTurn {
  let writer: LogWriter
  private var open: (any StoreTurn)?
  var changes = TurnChanges()
  private(set) var now: Int64 = 0
  private(set) var hasBegun = false
  private(set) var hasWritten = false
  /// What has been done counts for, beyond the weights of the requests: a request that ends a transaction
  /// does not know how much that takes in.
  var foundWeight = 0
  /// What of its work may be put off (`SlicePace`), and how long that took.
  var sliceWeight: Int64 = 0
  var sliceMicroseconds: Int64 = 0
  /// Milliseconds after which it is tried again whether a slice may come that may not yet.
  var slicePause: Int64 = 0
  /// During an attempt: the logs that it has appended to, as they were before.
  var logsBefore: [PartitionID: PartitionLog]?

  init(_ writer: LogWriter) { self.writer = writer }

  /// The store's turn, between `begin` and the end.
  var rows: any StoreTurn {
    guard let open else { preconditionFailure("a turn that is over was written to") }
    return open
  }

  // MARK: Its life

  func begin(_ patience: TurnPatience = .long) throws(StoreError) {
    now = writer.options.now()
    open = try writer.store.begin(at: now, patience)
    hasBegun = true
  }

  /// Writes the rows that are written at most once a turn, however many batches it has, and ends it. Returns
  /// whether anything was written.
  func commit() throws(StoreError) -> Bool {
    for partition in changes.dirty where writer.partitions[partition.id] != nil {
      try writeRows(of: partition)
    }
    try writeTransactions()
    hasWritten = try rows.commit()
    open = nil
    return hasWritten
  }

  func rollBack() {
    open?.rollBack()
    open = nil
    // The partitions are read anew; these are not among them any more.
    for partition in changes.dirty { partition.isDirty = false }
  }

  /// Takes in what other processes have written since the last turn, and nothing else.
  func takeInChangesByOthers() throws(StoreError) {
    let found = try rows.changesByOthers()
    if found.isEmpty { return }
    writer.options.log(
      .info, "another process has written to the log; what it changed is read anew")
    changes.isReloaded = true
    if found.contains(.transactions) { changes.changedByOthers = writer.view.partitionsWithAborted }
    if !found.isDisjoint(with: [.topics, .partitions, .transactions]) { try takeInLogs() }
    if found.contains(.configs) { try takeInConfigs() }
    if found.contains(.producers) {
      for partition in writer.partitions.values { partition.log.forgetProducers() }
    }
    if !found.isDisjoint(with: [.groups, .transactions]) {
      try writer.reloadResidents(because: .foreignWrite)
    }
  }

  private func takeInLogs() throws(StoreError) {
    let known = writer.partitions
    try writer.loadLogs()
    changes.isCatalogChanged = true
    changes.removedPartitions = writer.view.partitions.filter { writer.partitions[$0] == nil }
    for (id, partition) in writer.partitions {
      // What readers are shown counts: a turn that failed may have read the tables in between.
      if !writer.view.shows(partition.log) {
        changes.markDirty(partition)
        changes.changedByOthers.append(id)
      } else if let before = known[id], before.log.row == partition.log.row,
        before.log.transactions.agrees(with: partition.log.transactions)
      {
        // Its producers are known.
        writer.partitions[id] = before
      }
    }
  }
}

// MARK: - What residents may do

extension EngineTurn: LogTurn {
  var objectionToMore: StorageError? { writer.objectionToMore }

  var catalog: Catalog {
    changes.isCatalogChanged ? writer.topics.snapshot : writer.view.catalog
  }

  func write(_ changes: [GroupChange], events: [GroupEvent]) throws {
    try rows.write(changes, events: events)
  }

  func commit(
    _ commits: [OffsetCommit], of group: String, by committer: Committer
  ) throws -> [Result<Void, StorageError>] {
    let (kept, results) = judge(commits)
    try rows.commit(kept, of: group, by: committer)
    return results
  }

  /// Those that may be kept, and what is said of each.
  func judge(
    _ commits: [OffsetCommit]
  ) -> (kept: [OffsetCommit], results: [Result<Void, StorageError>]) {
    let objection = writer.objectionToMore
    let results = commits.map { commit -> Result<Void, StorageError> in
      if let objection { return .failure(objection) }
      return writer.partitions[commit.partition] == nil
        ? .failure(.unknownPartition(commit.partition)) : .success(())
    }
    let kept = zip(commits, results).compactMap { commit, result in
      if case .success = result { commit } else { nil }
    }
    return (kept, results)
  }

  func committedOffsets(
    of group: String, in partitions: [PartitionID]?
  ) throws -> [PartitionID: CommittedOffset] {
    var offsets: [PartitionID: CommittedOffset] = [:]
    for position in try rows.positions(of: group, in: partitions) {
      offsets[position.partition] = position.committed
    }
    return offsets
  }

  func committedOffsets(
    of group: String, after partition: PartitionID?, atMost count: Int
  ) throws -> [CommittedOffset] {
    try rows.positions(of: group, after: partition, atMost: count).map(\.committed)
  }

  func deleteOffsets(
    of group: String, in partitions: [PartitionID], by committer: Committer
  ) throws -> [Bool] {
    try rows.forget(partitions, of: group, by: committer)
  }

  func expireOffsets(
    of group: String, by rule: OffsetExpiry, retentionMilliseconds: Int64
  ) throws -> Int {
    let positions = try rows.positions(of: group, in: nil)
    let emptySince = rule == .sinceEmpty ? try rows.stateChanged(of: group) ?? now : now
    let exempt = partitions(exemptFrom: rule)
    let held = try rows.heldPartitions(of: group, in: nil)
    let due = positions.filter {
      !held.contains($0.partition)
        && rule.due(
          $0, emptySince: emptySince, exempt: exempt, retentionMilliseconds: retentionMilliseconds)
          <= now
    }
    if !due.isEmpty {
      _ = try rows.forget(
        due.map(\.partition), of: group, by: Committer(source: .expiry))
    }
    return positions.count - due.count + held.subtracting(positions.map(\.partition)).count
  }

  private func partitions(exemptFrom rule: OffsetExpiry) -> Set<PartitionID> {
    guard case .sinceCommit(let topics) = rule else { return [] }
    return Set(topics.flatMap { writer.topics[$0]?.partitions ?? [] })
  }
}
