package import Broker
import Bytes
import Threads
import Transport

/// Connections without sockets, for the program that has the broker in it. All are on one loop of their
/// own: handlers run on it, as those of a socket run on its. It is there from the start, so that to
/// connect takes no descriptor: the network's clients may have them all.
///
/// Nothing here counts towards the server's memory: what is asked and what is answered is held by
/// whoever asks.
package final class LocalConnections: Sendable {
  /// What `ConnectionContext` calls the way in; the broker must have an address for it.
  package static let listenerName = "IN_PROCESS"
  /// As the audit trail and descriptions of groups show such a client.
  package static let clientAddress = "in process"

  private struct State {
    /// `nil` once the shutdown has begun.
    var thread: EventLoopThread? = EventLoopThread(name: "acta-local")
    var isStopped = false
    var lastID: UInt64 = 0
    var open: [UInt64: LoopBound<LocalRequests>] = [:]
  }

  private let handler: any RequestHandler
  private let state = Monitor(State())

  package init(handler: any RequestHandler) { self.handler = handler }

  /// `nil` once the shutdown has begun. Waits for the loop; not to be called on it.
  package func connect() -> LocalConnection? {
    let place = state.withLock { state -> (id: UInt64, loop: LoopReference)? in
      guard !state.isStopped, let thread = state.thread else { return nil }
      state.lastID += 1
      return (state.lastID, thread.loop)
    }
    guard let (number, loop) = place else { return nil }
    // Connections that come in through sockets count from 1; the broker tells all by their number.
    let id = 1 << 63 | number
    let client = ConnectionContext(
      id: id, listenerName: Self.listenerName, clientAddress: Self.clientAddress,
      executor: LoopExecutor(loop: loop))
    let requests = loop.submit { [handler] _ in
      LoopBound(LocalRequests(client: client, handler: handler) { [weak self] in self?.left(id) })
    }
    guard let requests else { return nil }
    let isOpen = state.withLock { state in
      if !state.isStopped { state.open[id] = requests }
      return !state.isStopped
    }
    return isOpen ? LocalConnection(requests, loop: loop) : nil
  }

  private func left(_ id: UInt64) { state.update { $0.open[id] = nil } }

  /// Takes no more requests, gives those that run until the deadline (monotonic milliseconds) to be
  /// answered, then tells who still waits that the connection is closed. Waits until it is done; not to
  /// be called on the loop. Does nothing the second time.
  package func shutdown(by deadline: Int64) {
    let (thread, open) = state.withLock { state in
      defer {
        state.isStopped = true
        state.thread = nil
      }
      // Told before anyone can see that nobody is let in any more.
      for requests in state.open.values {
        state.thread?.loop.execute { requests.value.stop() }
      }
      return (state.thread, state.open.values)
    }
    guard let thread else { return }
    _ = state.wait(until: deadline) { $0.open.isEmpty ? true : nil }
    for requests in open { thread.loop.execute { requests.value.close() } }
    // What is behind it on the loop would be dropped by the stop.
    _ = state.wait { $0.open.isEmpty ? true : nil }
    thread.stop()
  }
}
