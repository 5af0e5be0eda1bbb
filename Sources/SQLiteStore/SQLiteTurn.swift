import ActaModel
import BatchCodec
import LogStorage
import SQLite

/// A turn at writing: one transaction of SQLite's over all tables. It only says which table does what.
final class SQLiteTurn: StoreTurn {
  let store: SQLiteStore
  let now: Int64
  private var transaction: Transaction?

  init(_ store: SQLiteStore, _ transaction: consuming Transaction, at now: Int64) {
    self.store = store
    self.now = now
    self.transaction = consume transaction
  }

  func changesByOthers() throws(StoreError) -> StoreChanges {
    try translated {
      guard let changes = try store.marks.changes() else { return [] }
      try store.lookAtTriggers()
      store.doubtLog()
      try store.cluster.checkOwner(store.instanceID)
      // Whatever was changed: what these keep in memory is cheap to read again.
      store.trail.forget()
      store.heldPositions.forget()
      store.records.doubt()
      if changes.contains(.groups) { store.groupTables.forget() }
      store.topicTables.doubt()
      return changes
    }
  }

  // MARK: Topics

  func insert(_ topic: NewTopic, staged: StagedTopic?) throws(StoreError) {
    try translated { try store.topicTables.insert(topic, as: staged?.key, at: now) }
  }

  func stage(_ count: Int, after staged: StagedTopic?) throws(StoreError) -> StagedTopic {
    try translated { try store.topicTables.stage(count, after: staged) }
  }

  func discard(_ staged: StagedTopic) throws(StoreError) {
    try translated { try store.topicTables.discard(staged) }
  }

  func grow(
    _ topic: Topic, to count: Int, atMost limit: Int
  ) throws(StoreError) -> [PartitionID]? {
    try translated {
      try store.topicTables.grow(topic, to: count, atMost: limit, at: now)
    }
  }

  func discardGrowth(of topic: Topic) throws(StoreError) {
    try translated { try store.topicTables.discardGrowth(of: topic) }
  }

  func delete(_ topic: Topic) throws(StoreError) {
    try readingForRequest {
      // A transaction that ends later must not commit to what is gone; there are seldom any.
      for run in PartitionID.runs(of: topic.partitions) { try store.heldPositions.drop(in: run) }
      try store.topicTables.delete(topic, at: now)
    }
    store.reclaimer.noteDeletion()
  }

  func write(
    _ changes: [ConfigChange], of entity: ConfigEntity, by author: ConfigAuthor
  ) throws(StoreError) {
    try translated { try store.configTable.write(changes, of: entity, by: author, at: now) }
  }

  // MARK: The log

  func append(_ batch: ProducedBatch, at placement: BatchPlacement) throws(StoreError) {
    try translated {
      // A control batch has no record rows, and its partition may never get any: a transaction may take
      // in thousands that it does not write to.
      if !batch.header.attributes.contains(.control) { try ensureTable(of: placement.partition) }
      // Before the rest, because its place may be taken.
      try store.records.append(batch, at: placement)
      if placement.beginsEpoch { try store.partitionTable.begin(placement) }
      try store.batches.append(batch, at: placement)
      store.checkpointer?.noteAppend(bytes: batch.bytes.count)
    }
  }

  private func ensureTable(of partition: PartitionID) throws {
    if store.records.knows(partition) { return }
    try store.topicTables.ensureTable(of: partition)
  }

  /// A partition that has had no records, markers only, has no table.
  func hasTable(_ partition: PartitionID) throws -> Bool {
    try store.records.knows(partition) || store.topicTables.hasTable(partition)
  }

  func write(_ partition: PartitionRow) throws(StoreError) {
    try translated { try store.partitionTable.write(partition) }
  }

  func lastAppend(to partition: PartitionID) throws(StoreError) -> Int64? {
    try translated { try store.batches.lastAppend(to: partition) }
  }

  func producer(_ id: ProducerID, in partition: PartitionID) throws(StoreError) -> ProducerRow? {
    try readingForRequest { try store.producers.row(of: id, in: partition) }
  }

  func evidence(
    in partition: PartitionID, from offset: Offset,
    _ body: (Result<ProducerEvidence, StoreError>) throws(StoreError) -> Void
  ) throws(StoreError) -> Int {
    try translated { try store.batches.evidence(in: partition, from: offset, body) }
  }

  func write(
    _ row: ProducerRow, of producer: ProducerID, in partition: PartitionID
  ) throws(StoreError) {
    try translated { try store.producers.put(row, of: producer, in: partition) }
  }

  func firstBatches(
    of partition: PartitionID, below offset: Offset, limit: Int
  ) throws(StoreError) -> [BatchSummary] {
    try readingForRequest { try store.batches.first(of: partition, below: offset, limit: limit) }
  }

  func noteLosses(
    of partition: PartitionID, from start: Offset, to end: Offset, _ pass: TrimPass
  ) throws(StoreError) {
    try translated {
      guard try hasTable(partition) else { return }
      try store.losses.note(in: partition, from: start, to: end, pass, at: now)
    }
  }

  func deleteRecords(
    of partition: PartitionID, below offset: Offset, straddling straddled: Offset?
  ) throws(StoreError) -> DeletedRecords {
    try readingForRequest {
      var (records, bytes) = try store.batches.totals(of: partition, below: offset)
      let count =
        try hasTable(partition) ? try store.records.delete(of: partition, below: offset) : 0
      try store.batches.delete(of: partition, endingBelow: offset)
      store.reclaimer.noteFreedPages()
      if let straddled,
        let batch = try store.ownReader.storedBatch(in: partition, at: straddled)
      {
        let rest = try store.ownReader.rebuildUnverified(batch, in: partition)
        try store.batches.reseal(straddled, of: partition, as: rest)
        records &-= Int64(rest.recordCount)
        bytes &-= Int64(rest.bytes.count)
      }
      try store.partitionTable.trimEpochs(of: partition, to: offset)
      return DeletedRecords(count: count, recordCount: records, sizeBytes: bytes)
    }
  }

  func deleteProducers(silentSince time: Int64, limit: Int) throws(StoreError) -> Int {
    try translated { try store.producers.delete(silentSince: time, limit: limit) }
  }

  func reserveProducerIDs(_ count: Int64) throws(StoreError) -> Range<ProducerID> {
    try translated { try store.cluster.reserveProducerIDs(count) }
  }

  // MARK: Groups

  func write(_ changes: [GroupChange], events: [GroupEvent]) throws(StoreError) {
    try readingForRequest {
      let groups = store.groupTables
      for change in changes {
        switch change {
        case .putGroup(let row): try groups.put(row, at: now)
        case .removeGroup(let name):
          guard let id = try groups.id(of: name) else { continue }
          try store.heldPositions.drop(of: id)
          try store.positionTable.forgetAll(
            of: id, by: Committer(source: .adminDelete), at: now)
          try groups.remove(id, named: name)
        case .putMember(let row, let group): try groups.put(row, in: group)
        case .removeMember(let memberID, let group): try groups.removeMember(memberID, from: group)
        }
      }
      for event in events { try groups.insert(event, at: now) }
    }
  }

  func commit(
    _ commits: [OffsetCommit], of group: String, by committer: Committer
  ) throws(StoreError) {
    try readingForRequest {
      try store.positionTable.commit(commits, of: group, by: committer, at: now)
      try store.heldPositions.drop(overtakenBy: commits, of: group)
    }
  }

  func positions(
    of group: String, in partitions: [PartitionID]?
  ) throws(StoreError) -> [StoredPosition] {
    try readingForRequest { try store.positionTable.positions(of: group, in: partitions) }
  }

  func positions(
    of group: String, after partition: PartitionID?, atMost count: Int
  ) throws(StoreError) -> [StoredPosition] {
    try translated {
      try store.positionTable.positions(of: group, after: partition, atMost: count)
    }
  }

  func forget(
    _ partitions: [PartitionID], of group: String, by committer: Committer
  ) throws(StoreError) -> [Bool] {
    try readingForRequest {
      if let id = try store.groupTables.id(of: group) {
        for partition in partitions { try store.heldPositions.drop(partition, of: id) }
      }
      return try store.positionTable.forget(partitions, of: group, by: committer, at: now)
    }
  }

  func stateChanged(of group: String) throws(StoreError) -> Int64? {
    try readingForRequest {
      try store.groupTables.id(of: group).flatMap { try store.groupTables.stateChanged($0) }
    }
  }

  func trimAudit(olderThan time: Int64) throws(StoreError) -> Int {
    try translated { try store.trail.trim(olderThan: time) }
  }

  func trimAuditNames() throws(StoreError) -> Int {
    try translated { try store.trail.trimNames() }
  }

  // MARK: Its end

  func attempt(_ body: () throws(StoreError) -> Void) throws(StoreError) -> StoreError? {
    try translated { _ = try store.database.run("SAVEPOINT attempt") }
    do throws(StoreError) {
      try body()
    } catch {
      // SQLite may have ended the whole transaction by itself.
      let isOver = !store.database.connection.isInTransaction
      if error.isFinal || isOver { throw error }
      if case .full = error { throw error }
      try translated {
        try store.database.run("ROLLBACK TO attempt")
        try store.database.run("RELEASE attempt")
      }
      store.doubt()
      try translated { try store.lookAtTriggersTakenBack() }
      return error
    }
    try translated { _ = try store.database.run("RELEASE attempt") }
    return nil
  }

  func applicationSQL(until deadline: Int64) throws(StoreError) -> (any ApplicationSQL)? {
    try translated {
      let statements = try store.applicationStatements()
      statements.begin(until: deadline)
      return statements
    }
  }

  func commit() throws(StoreError) -> Bool {
    try translated { try store.topicTables.rebuildChangedViews() }
    try store.checkFilesInTurn()
    guard let transaction = transaction.take() else {
      preconditionFailure("a turn was ended twice")
    }
    let before = store.commits
    do throws(SQLiteError) {
      try transaction.commit()
    } catch {
      throw StoreError(error)
    }
    store.marks.committed()
    // With a database in memory nothing is told of commits, and nothing depends on it.
    return store.commits != before
  }

  func rollBack() {
    // Given up, it is rolled back.
    transaction = nil
    store.rescueLog()
    store.marks.rolledBack()
    store.forget()
  }
}
