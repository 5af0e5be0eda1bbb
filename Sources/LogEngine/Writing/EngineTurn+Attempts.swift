import ActaModel
import Coordination
import LogStorage

/// A part of a turn that can be taken back by itself: rows by the store, what is kept in memory here.
extension EngineTurn {
  func attempt<R>(_ body: () throws -> R) throws -> Result<R, any Error> {
    precondition(logsBefore == nil, "attempts do not nest")
    let before = changes
    logsBefore = [:]
    defer { logsBefore = nil }
    var outcome: Result<R, any Error>?
    let refusal = try rows.attempt { () throws(StoreError) in
      do {
        outcome = .success(try body())
      } catch let error as StoreError {
        throw error
      } catch {
        outcome = .failure(error)
        throw .refused("what was attempted is taken back")
      }
    }
    if refusal != nil { takeBack(to: before) }
    switch (outcome, refusal) {
    case (let outcome?, _): return outcome
    case (nil, let refusal?): throw refusal
    case (nil, nil): preconditionFailure("an attempt ends with a result or with an error")
    }
  }

  /// Before the log changes in memory.
  func keepForAttempt(_ partition: PartitionState) {
    if logsBefore != nil, logsBefore?[partition.id] == nil {
      logsBefore?[partition.id] = partition.log
    }
  }

  private func takeBack(to before: TurnChanges) {
    for (id, log) in logsBefore ?? [:] { writer.partitions[id]?.log = log }
    for partition in changes.dirty.dropFirst(before.dirty.count) { partition.isDirty = false }
    changes = before
  }

  func applicationSQL(until deadline: Int64) throws -> (any ApplicationSQL)? {
    try rows.applicationSQL(until: deadline)
  }
}
