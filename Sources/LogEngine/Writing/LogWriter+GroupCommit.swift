import ActaModel
import Coordination
import LogStorage
import Threads

/// Group commit: everything that waits shares one turn and one sync.
extension LogWriter {
  func process(_ requests: [WriteRequest]) {
    var waiting = requests
    while true {
      let count = processTurn(waiting)
      if count == waiting.count { break }
      waiting.removeFirst(count)
    }
    queue.finished(bytes: requests.reduce(0) { $0 + $1.bytes })
  }

  /// The result is how many of them are over: all, unless some turn out to be more work than one turn should
  /// be.
  private func processTurn(_ requests: [WriteRequest]) -> Int {
    if let error = latch.error {
      for request in requests { request.refuse(error) }
      return requests.count
    }
    let turn = EngineTurn(self)
    do {
      let count = try commit(requests, in: turn, mode: .grouped)
      notePace(of: turn)
      return count
    } catch {
      recover(from: error, in: turn, requests)
      return requests.count
    }
  }

  /// The result is how many of them the turn has taken.
  @discardableResult
  func commit(
    _ requests: [WriteRequest], in turn: EngineTurn, mode: ApplyMode,
    patience: TurnPatience = .long
  ) throws -> Int {
    try turn.begin(patience)
    var reports: [Report] = []
    reports.reserveCapacity(requests.count)
    let hasWritten: Bool
    do {
      try turn.takeInChangesByOthers()
      var weight = 0
      for request in requests where weight + turn.foundWeight <= options.maxGroupBytes {
        reports.append(try request.apply(turn, mode))
        weight += request.weight
      }
      hasWritten = try turn.commit()
    } catch {
      turn.rollBack()
      throw error
    }
    let taken =
      reports.count == requests.count ? requests : Array(requests.prefix(reports.count))
    publish(taken, reports, turn.changes, hasWritten: hasWritten)
    return taken.count
  }

  /// Work of the writer's own, that may be done later if it cannot be done now.
  func inTurnOfItsOwn(
    _ patience: TurnPatience = .long, _ body: (EngineTurn) throws(StoreError) -> Void
  ) throws(StoreError) {
    let turn = EngineTurn(self)
    let hasWritten: Bool
    do throws(StoreError) {
      try turn.begin(patience)
      try turn.takeInChangesByOthers()
      try body(turn)
      hasWritten = try turn.commit()
    } catch {
      turn.rollBack()
      if !turn.hasBegun { throw error }
      if error.isFinal { throw error }
      // As after any rollback: what was decided in vain must not be built on.
      try load()
      throw error
    }
    publish([], [], turn.changes, hasWritten: hasWritten)
  }

  func notePace(of turn: EngineTurn) {
    if !turn.changes.appended.isEmpty { pace.noteTurn() }
    if !turn.changes.appended.isEmpty || turn.changes.hasCoordinated && turn.hasWritten {
      noteWrite()
    }
    guard turn.sliceWeight > 0 else { return }
    // What is deleted goes through the commit as well, as pages that were changed: half as long again.
    pace.noteSlice(
      weight: turn.sliceWeight, microseconds: turn.sliceMicroseconds * 3 / 2,
      at: Clock.monotonicMilliseconds())
  }

  /// Looks without the right to write; if something was written, an empty group takes it in.
  func lookForOthers() {
    guard latch.error == nil else { return }
    do throws(StoreError) {
      if try store.othersHaveWritten() { process([]) }
    } catch {
      putOff(error)
    }
  }

  // MARK: After the commit

  private func publish(
    _ requests: [WriteRequest], _ reports: [Report], _ changes: TurnChanges, hasWritten: Bool
  ) {
    // Who asks from here on may have seen what is published.
    let wishes = syncer?.wishes ?? 0
    var ticket = publish(changes)
    // What another process has written is in the log, too, and may not be synced.
    ticket.needsSync = hasWritten || changes.isReloaded
    let error = latch.error
    for (request, report) in zip(requests, reports) {
      switch (request.point, error) {
      case (_, .some(let error)): request.refuse(error)
      case (.committed, nil): report()
      case (.synced, nil):
        ticket.promises.append(SyncTicket.Promise(report: report, refuse: request.refuse))
      }
    }
    guard error == nil else { return }
    let bytes = requests.reduce(0) { $0 + $1.bytes }
    // What others have written, and what the catalog says, is waited for by whom nobody knows.
    if changes.concernsOnlyLogs, ticket.promises.isEmpty, let syncer,
      ticket.needsSync || !syncer.isIdle, !shared.durability.isAwaited(ticket.advances)
    {
      return syncer.submitPatiently(ticket, bytes: bytes, since: wishes)
    }
    sync(ticket, groupBytes: bytes)
  }

  private func sync(_ ticket: SyncTicket, groupBytes bytes: Int) {
    guard let store = store.syncer, let syncer else { return shared.durability.complete(ticket) }
    if !ticket.needsSync, syncer.isIdle { return shared.durability.complete(ticket) }
    // If a request waits for the sync and nothing else is to be done meanwhile, handing over would
    // only add two wake-ups. If none waits for it, the next commit should not have to, either; and
    // a large group is seldom alone: more is on its way while this one syncs.
    guard !ticket.promises.isEmpty, bytes < Self.largeGroupBytes, queue.isEmpty,
      let earlier = syncer.claim()
    else { return syncer.submit(ticket) }
    let tickets = earlier + [ticket]
    do throws(StoreError) {
      try syncer.complete(tickets, by: store)
    } catch {
      let failure = StorageError.failed(error.description)
      failStop(failure)
      for ticket in tickets { shared.durability.fail(ticket, failure) }
    }
    syncer.release()
  }

  /// Measured through the wire with 1 KB values: 284 to 297 thousand records a second with it, 209 to
  /// 296 when large groups could be synced on the writer too.
  private static var largeGroupBytes: Int { 64 << 10 }

  /// Moves the changes into the view; the ticket says what is still to be synced.
  private func publish(_ changes: TurnChanges) -> SyncTicket {
    if !changes.changedByOthers.isEmpty { view.dropBatches(of: changes.changedByOthers) }
    for (partition, offset) in changes.compacted {
      view.dropBatches(of: partition, through: offset)
    }
    var ticket = SyncTicket()
    var updates: [LogView.PartitionUpdate] = []
    updates.reserveCapacity(changes.added.count + changes.dirty.count)
    for partition in changes.added { updates.append(LogView.PartitionUpdate(partition.log)) }
    for partition in changes.dirty {
      partition.isDirty = false
      guard partitions[partition.id] != nil else { continue }
      updates.append(LogView.PartitionUpdate(partition.log))
      ticket.advances.append(LogView.Advance(partition.log))
    }
    if !updates.isEmpty || !changes.appended.isEmpty {
      view.publish(updates, batches: changes.appended, aborted: changes.aborted)
    }
    if !changes.removedPartitions.isEmpty {
      ticket.removed = changes.removedPartitions
      view.remove(changes.removedPartitions)
    }
    if changes.isCatalogChanged { view.publish(topics.snapshot) }
    if changes.areConfigsChanged { ticket.configs = ConfigOverrides(configs) }
    return ticket
  }

  /// At the start, everything that was found is on disk already.
  func publishEverything() {
    var changes = TurnChanges()
    changes.isCatalogChanged = true
    changes.areConfigsChanged = true
    for partition in partitions.values { changes.markDirty(partition) }
    shared.durability.complete(publish(changes))
  }

  // MARK: After a failure

  /// The turn has been rolled back.
  func recover(from error: any Error, in turn: EngineTurn, _ requests: [WriteRequest]) {
    let lost = turn.changes
    guard let error = error as? StoreError else {
      return stop(.failed(String(describing: error)), requests)
    }
    if error.isFinal { return stop(.failed(error.description), requests) }
    // Nothing was begun, so nothing has to be read again, and trying one by one would not help.
    if !turn.hasBegun, case .busy = error { return refuse(requests, error) }
    do throws(StoreError) {
      try load()
      // Before anything is tried again: it must not build on decisions that were never made.
      if lost.hasCoordinated { try reloadResidents(because: .rollback) }
    } catch {
      return stop(.failed("after a rollback: \(error)"), requests)
    }
    switch error {
    case .full:
      if isAlone {
        for request in requests { request.refuse(.full) }
        return
      }
      options.log(.error, "the disk is full: \(error)")
      relieve()
      // What frees room, and what groups decide, must not be refused for the sake of the appends beside
      // it; those the store has no room for now (`Store.isFull`).
      tryAlone(requests)
    case .busy: refuse(requests, error)
    default:
      if requests.count <= 1, isAlone { return refuse(requests, error) }
      tryAlone(requests)
    }
  }

  private func tryAlone(_ requests: [WriteRequest]) {
    isAlone = true
    defer { isAlone = false }
    for request in requests { processAlone(request) }
  }

  private func relieve() {
    do throws(StoreError) {
      try store.relieve { syncer?.waitUntilIdle() }
    } catch {
      if error.isFinal { failStop(.failed(error.description)) }
    }
  }

  private func processAlone(_ request: WriteRequest) {
    if let error = latch.error { return request.refuse(error) }
    let turn = EngineTurn(self)
    do {
      try commit([request], in: turn, mode: .alone)
    } catch {
      recover(from: error, in: turn, [request])
    }
  }

  private func refuse(_ requests: [WriteRequest], _ error: StoreError) {
    tell(error, "a request was refused by the database: \(error)")
    for request in requests { request.refuse(error.storageError) }
  }

  /// A row that cannot be read is an error, which is told once, however often it is asked for.
  func tell(_ error: StoreError, _ sentence: String) {
    guard case .damaged(let row) = error else { return options.log(.warning, sentence) }
    if told.count >= Self.maxTold { told = [] }
    if told.insert(row).inserted { options.log(.error, sentence) }
  }

  private static var maxTold: Int { 1_000 }

  private func stop(_ error: StorageError, _ requests: [WriteRequest]) {
    failStop(error)
    for request in requests { request.refuse(error) }
  }
}
