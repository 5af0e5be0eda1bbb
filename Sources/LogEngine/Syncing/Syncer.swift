import ActaModel
import LogStorage
import Threads

/// A thread that syncs what the writer has committed, beside the writer, one sync at a time. Each covers
/// every commit made before it starts, so the tickets of one sync are completed together and in order.
final class Syncer: Sendable {
  private struct State {
    var waiting: [SyncTicket] = []
    var isSyncing = false
    var isStopping = false
  }

  private let monitor = Monitor(State())
  private let durability: Durability

  init(durability: Durability) { self.durability = durability }

  /// No ticket waits and no sync is under way.
  var isIdle: Bool { monitor.withLock { $0.waiting.isEmpty && !$0.isSyncing } }

  func submit(_ ticket: SyncTicket) { monitor.update { $0.waiting.append(ticket) } }

  /// Returns when every ticket has been completed.
  func waitUntilIdle() {
    monitor.wait { $0.waiting.isEmpty && !$0.isSyncing ? () : nil }
  }

  func stop() { monitor.update { $0.isStopping = true } }

  /// The thread's body. A failed sync is final: `onFailure` stops the log.
  func run(_ store: any StoreSyncer, onFailure: (StoreError) -> StorageError) {
    while let tickets = next() {
      do throws(StoreError) {
        // Tickets that wrote nothing only wait for those before them, which are done by now.
        if tickets.contains(where: \.needsSync) { try store.sync() }
        for ticket in tickets { durability.complete(ticket) }
      } catch {
        let failure = onFailure(error)
        for ticket in tickets { durability.fail(ticket, failure) }
      }
      monitor.update { $0.isSyncing = false }
    }
  }

  private func next() -> [SyncTicket]? {
    monitor.wait { state -> [SyncTicket]?? in
      if !state.waiting.isEmpty {
        defer { state.waiting = [] }
        state.isSyncing = true
        return state.waiting
      }
      return state.isStopping ? .some(nil) : nil
    }
  }
}
