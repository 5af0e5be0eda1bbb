import ActaModel
import LogStorage
import Threads

/// A thread that syncs what the writer has committed, beside the writer, one sync at a time. Each covers
/// every commit made before it starts, so the tickets of one sync are completed together and in order.
///
/// A ticket that nobody waits for may stay until something else is synced, until there is as much as a sync is
/// worth, until somebody asks (`hasten`), or until its time has come, which the writer tells (`hastenWhatIsDue`):
/// waking this thread to have it wait would cost more than is saved.
final class Syncer: Sendable {
  /// How often somebody has asked: who commits must know whether that was before or after.
  typealias Wishes = UInt64

  private struct State {
    var waiting: [SyncTicket] = []
    /// Whether any of them is to be synced now.
    var isWanted = false
    /// What those have committed that may wait, and when the first is due, monotonic milliseconds.
    var patientBytes = 0
    var due = Int64.max
    var isSyncing = false
    var isStopping = false
    var wishes: Wishes = 0
    var pace = SyncPace()

    mutating func take() -> [SyncTicket] {
      defer {
        waiting = []
        isWanted = false
        patientBytes = 0
        due = .max
      }
      return waiting
    }
  }

  private let monitor = Monitor(State())
  private let durability: Durability
  private let patience: SyncPatience

  init(durability: Durability, patience: SyncPatience) {
    self.durability = durability
    self.patience = patience
  }

  /// No ticket waits and no sync is under way.
  var isIdle: Bool { monitor.withLock { $0.waiting.isEmpty && !$0.isSyncing } }

  var isSyncing: Bool { monitor.withLock { $0.isSyncing } }

  /// Whether a sync takes no longer than other work that is done on the spot.
  var isQuick: Bool { monitor.withLock { $0.pace.isQuick } }

  var wishes: Wishes { monitor.withLock { $0.wishes } }

  /// When `hastenWhatIsDue` has something to do.
  var nextDue: Int64 { monitor.withLock { $0.isWanted ? .max : $0.due } }

  // MARK: The writer's side

  func submit(_ ticket: SyncTicket) {
    monitor.update { state in
      state.waiting.append(ticket)
      state.isWanted = true
    }
  }

  /// Nobody waits for it, unless somebody has asked since `wishes`.
  func submitPatiently(_ ticket: SyncTicket, bytes: Int, since wishes: Wishes) {
    let isWanted = monitor.withLock { state in
      state.waiting.append(ticket)
      state.patientBytes += bytes
      if state.due == .max {
        state.due = Clock.monotonicMilliseconds() + patience.milliseconds
      }
      guard state.wishes != wishes || state.patientBytes >= patience.bytes else { return false }
      state.isWanted = true
      return true
    }
    if isWanted { monitor.signal() }
  }

  func hastenWhatIsDue(at time: Int64) {
    let isDue = monitor.withLock { state in
      guard !state.isWanted, state.due <= time else { return false }
      state.isWanted = true
      return true
    }
    if isDue { monitor.signal() }
  }

  /// Gives the tickets that wait to who is going to sync by itself; `nil` while this thread does.
  func claim() -> [SyncTicket]? {
    monitor.withLock { state in
      guard !state.isSyncing else { return nil }
      state.isSyncing = true
      return state.take()
    }
  }

  /// What was claimed has been completed. Wakes nobody for nothing: one who syncs by itself once a request must
  /// not have this thread look each time whether there is something to do.
  func release() {
    let isWanted = monitor.withLock { state in
      state.isSyncing = false
      return state.isWanted
    }
    if isWanted { monitor.signal() }
  }

  /// Returns when every ticket has been completed.
  func waitUntilIdle() {
    hasten()
    monitor.wait { $0.waiting.isEmpty && !$0.isSyncing ? () : nil }
  }

  func stop() { monitor.update { $0.isStopping = true } }

  // MARK: Anybody's

  /// Somebody waits for what is committed.
  func hasten() {
    let isNew = monitor.withLock { state in
      state.wishes &+= 1
      guard !state.isWanted, !state.waiting.isEmpty else { return false }
      state.isWanted = true
      return true
    }
    if isNew { monitor.signal() }
  }

  // MARK: The thread's

  /// Its body. A failed sync is final: `onFailure` stops the log.
  func run(_ store: any StoreSyncer, onFailure: (StoreError) -> StorageError) {
    while let tickets = next() {
      do throws(StoreError) {
        try complete(tickets, by: store)
      } catch {
        let failure = onFailure(error)
        for ticket in tickets { durability.fail(ticket, failure) }
      }
      monitor.update { $0.isSyncing = false }
    }
  }

  /// Tickets that wrote nothing only wait for those before them, which are done by then.
  func complete(_ tickets: [SyncTicket], by store: any StoreSyncer) throws(StoreError) {
    if tickets.contains(where: \.needsSync) {
      let began = Clock.monotonicMicroseconds()
      try store.sync()
      let took = Clock.monotonicMicroseconds() - began
      monitor.withLock { $0.pace.note(microseconds: took) }
    }
    for ticket in tickets { durability.complete(ticket) }
  }

  private func next() -> [SyncTicket]? {
    monitor.wait { state -> [SyncTicket]?? in
      if state.isWanted, !state.isSyncing {
        state.isSyncing = true
        return state.take()
      }
      return state.isStopping ? .some(nil) : nil
    }
  }
}
