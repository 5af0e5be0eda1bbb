import ActaModel
import LogStorage
import Synchronization

/// Those who were told of records, or may have been, before these can be seen, and ask for them: they
/// wait until the log is synced up to where it ended when they asked.
final class VisibilityWaiters: Sendable {
  typealias Report = @Sendable (Result<Void, StorageError>) -> Void

  private struct Waiter {
    let ends: [(partition: PartitionID, offset: Offset)]
    let report: Report
  }

  private let view: LogView
  private let latch: FailureLatch
  private let waiters = Mutex<[Waiter]>([])

  init(view: LogView, latch: FailureLatch) {
    self.view = view
    self.latch = latch
  }

  /// Reports at once if all that is committed can be seen already. The look and the entry are one step
  /// under the lock, and `release` comes after an advance: none is missed. The result is whether it waits.
  func wait(for partitions: [PartitionID], _ report: @escaping Report) -> Bool {
    if view.unsynced(of: partitions).isEmpty {
      report(.success(()))
      return false
    }
    let result = waiters.withLock { waiters -> Result<Void, StorageError>? in
      if let error = latch.error { return .failure(error) }
      let ends = view.unsynced(of: partitions)
      if ends.isEmpty { return .success(()) }
      waiters.append(Waiter(ends: ends, report: report))
      return nil
    }
    if let result { report(result) }
    return result == nil
  }

  /// High watermarks have moved, or partitions have gone.
  func release() {
    for waiter in take(where: { view.reaches($0.ends) }) { waiter.report(.success(())) }
  }

  /// The log has stopped: what was committed may or may not be there.
  func abandon(_ error: StorageError) {
    for waiter in take(where: { _ in true }) { waiter.report(.failure(error)) }
  }

  private func take(where isDue: (Waiter) -> Bool) -> [Waiter] {
    waiters.withLock { waiters in
      if waiters.isEmpty { return [] }
      var due: [Waiter] = []
      waiters.removeAll { waiter in
        guard isDue(waiter) else { return false }
        due.append(waiter)
        return true
      }
      return due
    }
  }
}
