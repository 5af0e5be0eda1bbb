import Broker
import Logging
import NIOCore
import NIOPosix
import Synchronization

/// The broker's sockets: listens, cuts bytes into frames, gives them to a `RequestHandler` in order,
/// sends its answers in order, and stops reading where memory or a peer's slowness asks for it.
///
/// Knows nothing of what a request means. Each connection belongs to one event loop, and so does all
/// of its state; answers from other threads come in through that loop's mailbox.
package final class BrokerServer: Sendable {
  private enum Phase {
    case new
    case running(Running)
    case stopped
  }

  private struct Running {
    let group: MultiThreadedEventLoopGroup
    let loops: [NIOLoopBound<ConnectionLoop>]
    var listeners: [any Channel] = []
  }

  private let services: ServerServices
  private let phase = Mutex(Phase.new)

  package init(
    configuration: ServerConfiguration, handler: any RequestHandler, logger: Logger
  ) {
    services = ServerServices(configuration: configuration, handler: handler, logger: logger)
  }

  package var metrics: ServerMetrics {
    services.counters.metrics(memoryBytes: services.budget.usedBytes)
  }

  /// Bytes of responses that may still be made before peers must take some of those there are.
  package var roomForResponses: Int { services.budget.roomForResponses }

  /// Listens on every configured address, or on none: then it throws a `ServerError` and all is as
  /// before. Waits until it is done; not to be called from an event loop. A server starts once.
  package func start() throws -> [BoundListener] {
    let group = MultiThreadedEventLoopGroup(
      numberOfThreads: max(1, services.configuration.eventLoops))
    var running = Running(group: group, loops: try makeLoops(of: group))
    do {
      let bound = try services.configuration.listeners.map { configuration in
        let listener = Listener(configuration, services: services, loops: running.loops)
        let (channel, address) = try listener.bind(on: group)
        running.listeners.append(channel)
        return address
      }
      phase.withLock { phase in
        guard case .new = phase else { preconditionFailure("a server starts once") }
        phase = .running(running)
      }
      return bound
    } catch {
      try stop(running, graceMilliseconds: 0)
      throw error
    }
  }

  /// Stops accepting and reading, gives running requests the grace to be answered, then closes what
  /// is left. Waits until it is done; not to be called from an event loop. Does nothing the second
  /// time.
  package func shutdown(graceMilliseconds: Int64) throws {
    let running = phase.withLock { phase -> Running? in
      defer { phase = .stopped }
      guard case .running(let running) = phase else { return nil }
      return running
    }
    if let running { try stop(running, graceMilliseconds: graceMilliseconds) }
  }

  private func stop(_ running: Running, graceMilliseconds: Int64) throws {
    for listener in running.listeners {
      listener.close(promise: nil)
      try listener.closeFuture.wait()
    }
    let empty = running.group.any().makePromise(of: Void.self)
    services.registry.notifyWhenEmpty { empty.succeed() }

    for loop in running.loops { loop.eventLoop.execute { loop.value.stop() } }
    try wait(for: empty.futureResult, atMostMilliseconds: graceMilliseconds)
    for loop in running.loops { loop.eventLoop.execute { loop.value.closeAll() } }
    try empty.futureResult.wait()

    for loop in running.loops { try loop.eventLoop.submit { loop.value.end() }.wait() }
    try running.group.syncShutdownGracefully()
  }

  private func wait(
    for future: EventLoopFuture<Void>, atMostMilliseconds milliseconds: Int64
  ) throws {
    let either = future.eventLoop.makePromise(of: Void.self)
    future.cascade(to: either)
    let timeout = future.eventLoop.scheduleTask(in: .milliseconds(milliseconds)) {
      either.succeed()
    }
    try either.futureResult.wait()
    timeout.cancel()
  }

  private func makeLoops(
    of group: MultiThreadedEventLoopGroup
  ) throws -> [NIOLoopBound<ConnectionLoop>] {
    try group.makeIterator().map { eventLoop in
      try eventLoop.submit { [services] in
        NIOLoopBound(
          ConnectionLoop(eventLoop: eventLoop, services: services), eventLoop: eventLoop)
      }.wait()
    }
  }
}
