import ActaModel
import LogStorage
import SQLite

/// Group commit: everything that waits shares one transaction and one sync.
extension Writer {
  func process(_ requests: [WriteRequest]) {
    if let error = latch.error {
      for request in requests { request.refuse(error) }
      return
    }
    do {
      try commit(requests, mode: .grouped)
    } catch {
      recover(from: error, requests)
    }
    queue.finished(bytes: requests.reduce(0) { $0 + $1.bytes })
  }

  private func commit(_ requests: [WriteRequest], mode: ApplyMode) throws {
    let transaction = try begin()
    now = options.now()
    try reloadIfForeign()
    var reports: [Report] = []
    reports.reserveCapacity(requests.count)
    for request in requests { reports.append(try request.apply(self, mode)) }
    try flush()
    let commits = checkpoints.commits
    try transaction.commit()
    publish(requests, reports, hasWritten: checkpoints.commits != commits)
  }

  /// Only another process can hold the write lock. Its patience (the busy timeout) is tried a few
  /// times over before the group is refused.
  private func begin() throws(SQLiteError) -> Transaction {
    for _ in 1..<Self.attemptsToBegin {
      do {
        return try connection.beginImmediate()
      } catch {
        guard error.isBusy else { throw error }
        options.log(.warning, "another process keeps the database locked")
      }
    }
    return try connection.beginImmediate()
  }

  private static var attemptsToBegin: Int { 4 }

  /// The rows that are written once a group, however many batches it has.
  private func flush() throws {
    for partition in changes.dirty {
      try statements.updatePartition.run(
        partition.logStartOffset, partition.nextOffset, Int64(partition.leaderEpoch),
        partition.recordCount, partition.sizeBytes, partition.maxTimestamp, partition.id.value)
      try flushProducers(of: partition)
    }
    if !changes.changedViews.isEmpty { try rebuildViews() }
  }

  func markDirty(_ partition: PartitionState) {
    if partition.isDirty { return }
    partition.isDirty = true
    changes.dirty.append(partition)
  }

  // MARK: After the commit

  private func publish(_ requests: [WriteRequest], _ reports: [Report], hasWritten: Bool) {
    // What another process has written is in the log, too, and may not be synced.
    let needsSync = hasWritten || changes.isReloaded
    var ticket = publishChanges()
    ticket.needsSync = needsSync
    let error = latch.error
    var promises: [SyncTicket.Promise] = []
    for (request, report) in zip(requests, reports) {
      switch (request.point, error) {
      case (_, .some(let error)): request.refuse(error)
      case (.committed, nil): report()
      case (.synced, nil):
        promises.append(SyncTicket.Promise(report: report, refuse: request.refuse))
      }
    }
    if error == nil {
      sync(ticket, promises, groupBytes: requests.reduce(0) { $0 + $1.bytes })
    }
  }

  private func sync(
    _ ticket: SyncTicket, _ promises: [SyncTicket.Promise], groupBytes bytes: Int
  ) {
    var ticket = ticket
    ticket.promises = promises
    guard let logFile, let syncer else { return durability.complete(ticket) }
    if !ticket.needsSync, syncer.isIdle { return durability.complete(ticket) }
    // If someone waits for the sync and nothing else is to be done meanwhile, handing over would
    // only add two wake-ups. If nobody waits for it, the next commit should not have to, either; and
    // a large group is seldom alone: more is on its way while this one syncs.
    guard !promises.isEmpty, bytes < Self.largeGroupBytes, queue.isEmpty, syncer.isIdle else {
      return syncer.submit(ticket)
    }
    do throws(SQLiteError) {
      try logFile.sync()
      durability.complete(ticket)
    } catch {
      let failure = StorageError.failed(error.description)
      failStop(failure)
      durability.fail(ticket, failure)
    }
  }

  /// Measured through the wire with 1 KB values: 284 to 297 thousand records a second with it, 209 to
  /// 296 when large groups could be synced on the writer too.
  private static var largeGroupBytes: Int { 64 << 10 }

  /// Moves the changes into the view; the ticket says what is still to be synced.
  private func publishChanges() -> SyncTicket {
    if changes.isReloaded {
      view.dropCache()
      for partition in partitions.values { markDirty(partition) }
      changes.cached = []
    }
    var ticket = SyncTicket()
    var updates: [LogView.PartitionUpdate] = []
    updates.reserveCapacity(changes.dirty.count)
    for partition in changes.dirty {
      partition.isDirty = false
      guard partitions[partition.id] != nil else { continue }
      updates.append(
        LogView.PartitionUpdate(
          partition: partition.id, logStartOffset: partition.logStartOffset,
          logEndOffset: partition.nextOffset, sizeBytes: partition.sizeBytes))
      ticket.advances.append((partition.id, partition.nextOffset))
    }
    if !updates.isEmpty || !changes.cached.isEmpty {
      view.publish(updates, batches: changes.cached)
    }
    if !changes.removedPartitions.isEmpty {
      ticket.removed = changes.removedPartitions
      view.remove(changes.removedPartitions)
    }
    if changes.isCatalogChanged { view.publish(catalog.snapshot) }
    changes = GroupChanges()
    return ticket
  }

  /// At the start, everything that was found is on disk already.
  func publishEverything() {
    changes.isReloaded = true
    changes.isCatalogChanged = true
    durability.complete(publishChanges())
  }

  // MARK: After a failure

  /// The transaction has been rolled back.
  private func recover(from error: any Error, _ requests: [WriteRequest]) {
    let lost = changes
    changes = GroupChanges()
    guard let error = error as? SQLiteError else {
      return stop(.failed(String(describing: error)), requests)
    }
    if error.isStorageFailure { return stop(.failed(error.description), requests) }
    // Nothing was begun, so nothing has to be read again, and trying one by one would not help.
    if error.isBusy, !lost.hasCoordinated { return refuse(requests, error) }
    do {
      try load()
      changes.republish(lost, unless: { partitions[$0] != nil })
      // Before anything is tried again: it must not build on decisions that were never made.
      if lost.hasCoordinated { try reloadResident(because: .rollback) }
    } catch {
      return stop(.failed("after a rollback: \(error)"), requests)
    }
    if error.isFull {
      options.log(.error, "the disk is full: \(error)")
      for request in requests { request.refuse(.full) }
      return relieveFullDisk()
    }
    guard requests.count > 1 || !isAlone, !error.isBusy else { return refuse(requests, error) }
    isAlone = true
    defer { isAlone = false }
    for request in requests { processAlone(request) }
  }

  private func processAlone(_ request: WriteRequest) {
    if let error = latch.error { return request.refuse(error) }
    do {
      try commit([request], mode: .alone)
    } catch {
      recover(from: error, [request])
    }
  }

  private func refuse(_ requests: [WriteRequest], _ error: SQLiteError) {
    options.log(.warning, "a request was refused by the database: \(error)")
    for request in requests { request.refuse(.failed(error.description)) }
  }

  private func stop(_ error: StorageError, _ requests: [WriteRequest]) {
    failStop(error)
    for request in requests { request.refuse(error) }
  }
}
