package import Broker
package import Counters
package import Logging
import Synchronization
import Threads
import Transport

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
    let threads: [EventLoopThread]
    let loops: [ConnectionLoopReference]
  }

  private let services: ServerServices
  private let phase = Mutex(Phase.new)

  package init(
    configuration: ServerConfiguration, handler: any RequestHandler, logger: Logger,
    counters: CounterRegistry = CounterRegistry()
  ) {
    services = ServerServices(
      configuration: configuration, handler: handler, logger: logger, counters: counters)
  }

  package var metrics: ServerMetrics {
    services.counters.metrics(memoryBytes: services.budget.usedBytes)
  }

  /// What there is for responses.
  package var answerMemory: any AnswerMemory { services.budget }

  /// Listens on every configured address, or on none: then it throws a `ServerError` and all is as
  /// before. Waits until it is done; not to be called from an event loop. A server starts once.
  package func start() throws(ServerError) -> [BoundListener] {
    let running = makeLoops()
    do throws(ServerError) {
      let acceptors = services.configuration.listeners.map {
        Acceptor($0, services: services, loops: running.loops)
      }
      // All are bound before any accepts.
      var sockets: [(ListeningSocket, BoundListener)] = []
      for acceptor in acceptors { sockets.append(try acceptor.bind()) }
      phase.withLock { phase in
        guard case .new = phase else { preconditionFailure("a server starts once") }
        phase = .running(running)
      }
      for (index, acceptor) in acceptors.enumerated() {
        let socket = sockets[index].0
        // Where there are several they accept on different loops.
        running.loops[index % running.loops.count].wait { acceptor.listen(on: socket, loop: $0) }
      }
      return sockets.map(\.1)
    } catch {
      stop(running, graceMilliseconds: 0)
      throw error
    }
  }

  /// Stops accepting and reading, gives running requests the grace to be answered, then closes what
  /// is left. Waits until it is done; not to be called from an event loop. Does nothing the second
  /// time.
  package func shutdown(graceMilliseconds: Int64) {
    let running = phase.withLock { phase -> Running? in
      defer { phase = .stopped }
      guard case .running(let running) = phase else { return nil }
      return running
    }
    if let running { stop(running, graceMilliseconds: graceMilliseconds) }
  }

  private func stop(_ running: Running, graceMilliseconds: Int64) {
    for loop in running.loops { loop.wait { $0.stopListening() } }
    let isEmpty = Monitor(false)
    services.registry.notifyWhenEmpty { isEmpty.update { $0 = true } }

    for loop in running.loops { loop.execute { $0.stop() } }
    let deadline = Clock.monotonicMilliseconds() + graceMilliseconds
    _ = isEmpty.wait(until: deadline) { $0 ? true : nil }
    for loop in running.loops { loop.execute { $0.closeAll() } }
    _ = isEmpty.wait { $0 ? true : nil }

    for thread in running.threads { thread.stop() }
  }

  private func makeLoops() -> Running {
    let threads = (0..<max(1, services.configuration.eventLoops)).map {
      EventLoopThread(name: "acta-net-\($0)")
    }
    let loops = threads.map { thread in
      let loop = thread.loop.submit { [services] eventLoop in
        ConnectionLoopReference(ConnectionLoop(eventLoop: eventLoop, services: services))
      }
      guard let loop else { preconditionFailure("a loop that has just started has stopped") }
      return loop
    }
    return Running(threads: threads, loops: loops)
  }
}
