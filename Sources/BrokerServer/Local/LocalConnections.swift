package import Broker
import Bytes
import Threads
package import Transport

/// Connections without sockets, for the program that has the broker in it. They are on a loop of their
/// own, or on that of whoever asks, if it has one: handlers run on it, as those of a socket run on its, and
/// where it is the asker's nothing crosses threads that need not. Their own loop is there from the start, so
/// that to connect takes no descriptor: the network's clients may have them all.
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
    var open: [UInt64: Resident] = [:]
  }

  /// A connection on its loop.
  private struct Resident {
    let requests: LoopBound<LocalRequests>
    let loop: LoopReference
  }

  /// A connection is left when this is let go of: a loop that has stopped drops what it is asked to close.
  private final class Leaving: Sendable {
    let connections: LocalConnections
    let id: UInt64

    init(_ connections: LocalConnections, _ id: UInt64) {
      self.connections = connections
      self.id = id
    }

    deinit { connections.left(id) }
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
    let id = Self.id(number)
    let requests = loop.submit { [self] _ in LoopBound(makeRequests(id, on: loop)) }
    guard let requests, enter(id, Resident(requests: requests, loop: loop)) else { return nil }
    return LocalConnection(requests, loop: loop)
  }

  /// The same for whoever has a loop, on which the connection is then. To be called on it.
  package func connect(on loop: EventLoop) -> LoopConnection? {
    let id = Self.id(
      state.withLock { state in
        state.lastID += 1
        return state.lastID
      })
    let reference = LoopReference(loop)
    let requests = makeRequests(id, on: reference)
    let resident = Resident(requests: LoopBound(requests), loop: reference)
    return enter(id, resident) ? LoopConnection(requests) : nil
  }

  /// Connections that come in through sockets count from 1; the broker tells all by their number.
  private static func id(_ number: UInt64) -> UInt64 { 1 << 63 | number }

  private func makeRequests(_ id: UInt64, on loop: LoopReference) -> LocalRequests {
    let client = ConnectionContext(
      id: id, listenerName: Self.listenerName, clientAddress: Self.clientAddress,
      executor: LoopExecutor(loop: loop))
    return LocalRequests(client: client, handler: handler) { [weak self] in self?.left(id) }
  }

  /// - Returns: Whether the connection may come to be.
  private func enter(_ id: UInt64, _ resident: Resident) -> Bool {
    state.withLock { state in
      if !state.isStopped { state.open[id] = resident }
      return !state.isStopped
    }
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
      for resident in state.open.values {
        resident.loop.execute { resident.requests.value.stop() }
      }
      return (state.thread, state.open)
    }
    guard let thread else { return }
    _ = state.wait(until: deadline) { $0.open.isEmpty ? true : nil }
    for (id, resident) in open {
      let leaving = Leaving(self, id)
      resident.loop.execute {
        resident.requests.value.close()
        withExtendedLifetime(leaving) {}
      }
    }
    // What is behind it on the loop would be dropped by the stop.
    _ = state.wait { $0.open.isEmpty ? true : nil }
    thread.stop()
  }
}
