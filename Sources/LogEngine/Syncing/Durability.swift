import ActaModel
import LogStorage
import Synchronization

/// What a commit still owes until the log is synced.
struct SyncTicket: Sendable {
  struct Promise: Sendable {
    let report: Report
    let refuse: @Sendable (StorageError) -> Void
  }

  /// The log ends that the commit wrote.
  var advances: [LogView.Advance] = []
  /// Partitions of deleted topics: whoever waits on them must hear of it.
  var removed: [PartitionID] = []
  var promises: [Promise] = []
  /// What is set on brokers and groups, where that has changed.
  var configs: ConfigOverrides?
  /// False when the commit has put nothing into the log. It must still not go before those that did:
  /// what it answers may rest on what they wrote.
  var needsSync = true
}

/// Keeps the promises of tickets once they are synced: moves high watermarks and last stable offsets, answers, wakes.
///
/// Called by whichever thread synced, tickets in commit order, never by two at once.
final class Durability: Sendable {
  private let view: LogView
  private let configs: ConfigBoard
  private let latch: FailureLatch
  /// In a struct of its own: a closure that is the whole value of a `Mutex` is wrapped once more
  /// every time it is read, and each call then walks all the wrappings.
  private struct Observer {
    var notify: (@Sendable ([PartitionID]) -> Void)?
    var isAwaited: (@Sendable ([PartitionID]) -> Bool)?
  }

  private let observer = Mutex(Observer())
  private let visibility: VisibilityWaiters

  init(view: LogView, configs: ConfigBoard, latch: FailureLatch) {
    self.view = view
    self.configs = configs
    self.latch = latch
    visibility = VisibilityWaiters(view: view, latch: latch)
  }

  func observe(
    awaited isAwaited: @escaping @Sendable ([PartitionID]) -> Bool,
    _ observer: @escaping @Sendable ([PartitionID]) -> Void
  ) {
    self.observer.withLock {
      $0.notify = observer
      $0.isAwaited = isAwaited
    }
  }

  /// Whether somebody is to be told when these ends move.
  func isAwaited(_ advances: [LogView.Advance]) -> Bool {
    let isAwaited = observer.withLock { $0.isAwaited }
    return isAwaited?(advances.map(\.partition)) ?? false
  }

  /// Reports when what is committed to these partitions by now can be seen: at once, on the calling thread, or
  /// after the sync, which is not begun by this. The result is whether it is still to be reported.
  func whenVisible(
    _ partitions: [PartitionID], _ report: @escaping VisibilityWaiters.Report
  ) -> Bool {
    visibility.wait(for: partitions, report)
  }

  func complete(_ ticket: SyncTicket) {
    if let error = latch.error { return fail(ticket, error) }
    var concerned = view.advance(ticket.advances)
    if let overrides = ticket.configs { configs.post(overrides) }
    for promise in ticket.promises { promise.report() }
    visibility.release()
    concerned.append(contentsOf: ticket.removed)
    guard !concerned.isEmpty, let notify = observer.withLock({ $0.notify }) else { return }
    notify(concerned)
  }

  /// The high watermark stays: what was committed may or may not be on disk.
  func fail(_ ticket: SyncTicket, _ error: StorageError) {
    for promise in ticket.promises { promise.refuse(error) }
  }

  /// The log has stopped: no high watermark moves any more.
  func abandon(_ error: StorageError) { visibility.abandon(error) }
}
