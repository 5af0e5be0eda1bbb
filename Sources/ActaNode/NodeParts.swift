import ActaModel
import Broker
import BrokerServer
import Counters
import KafkaConfig
import LogEngine
import LogStorage
import Logging
import SQLiteLog
import SQLiteStore
import Synchronization
import Threads

/// What a node is made of: the log, the meaning of requests, sockets and connections without; joined
/// here and nowhere else, started and stopped in the order that durability asks for.
final class NodeParts: Sendable {
  /// How long running requests may take once the node stops; what is left of the five seconds that a
  /// stop may take is for the storage.
  private static let graceMilliseconds: Int64 = 3_000

  private enum Phase {
    case running, stopping, stopped
  }

  private struct End {
    var failure: String?
    var isOver = false
    var observers: [@Sendable () -> Void] = []
  }

  let storage: LogEngine
  /// Every number of this node's.
  let counters: CounterRegistry
  let connections: LocalConnections
  /// The bound port of each listener, by name.
  let ports: [String: Int]
  private let cacheKeeper: CacheKeeper
  private let timers: TimerThread
  private let background: BackgroundThread
  let broker: Broker
  private let server: BrokerServer?
  private let phase = Monitor(Phase.running)
  private let end: Mutex<End>

  init(
    _ location: ActaNode.Location, config: LiveConfig, listening: Bool, logger: Logger,
    isAlone: Bool
  ) throws(ActaNode.Failure) {
    let counters = CounterRegistry()
    let storage = try Self.open(location, config, logger, counters)
    let timers = TimerThread()
    let background = BackgroundThread(name: "acta-answers")
    do throws(ActaNode.Failure) {
      let broker = try Self.broker(
        storage, at: location, config, timers, background, logger, counters)
      // A port that the system chooses is known only once it is bound.
      broker.advertise(Self.endpoints(config.current, ports: [:], isListening: listening))
      var server: BrokerServer?
      var ports: [String: Int] = [:]
      if listening {
        let started = BrokerServer(
          configuration: ServerConfiguration(config, storage: storage), handler: broker,
          logger: logger, counters: counters)
        broker.limitAnswers(by: started.answerMemory)
        ports = try Self.listen(started)
        broker.advertise(Self.endpoints(config.current, ports: ports, isListening: true))
        server = started
      }
      self.storage = storage
      self.counters = counters
      self.timers = timers
      self.background = background
      self.broker = broker
      self.server = server
      self.ports = ports
    } catch {
      storage.close()
      timers.stop()
      background.stop()
      throw error
    }
    cacheKeeper = CacheKeeper(storage, config, ownsHeap: isAlone)
    connections = LocalConnections(handler: broker)
    end = Mutex(End())
    storage.observeFailure { [weak self] in self?.ended("\($0)") }
  }

  // MARK: Starting

  private static func open(
    _ location: ActaNode.Location, _ config: LiveConfig, _ logger: Logger,
    _ counters: CounterRegistry
  ) throws(ActaNode.Failure) -> LogEngine {
    let place: Location =
      switch location {
      case .file(let path): .file(path)
      case .memory: .memory
      }
    var options = LogOptions(
      config, cacheBytes: CacheKeeper.wished(config, SystemMemory().sample()), logger: logger)
    options.counters = counters
    do {
      return try LogEngine.open(place, options: options)
    } catch {
      throw .opening("\(error)")
    }
  }

  private static func broker(
    _ storage: LogEngine, at location: ActaNode.Location, _ config: LiveConfig,
    _ timers: TimerThread, _ background: BackgroundThread, _ logger: Logger,
    _ counters: CounterRegistry
  ) throws(ActaNode.Failure) -> Broker {
    let volume: String? = if case .file = location { storage.identity.location } else { nil }
    do throws(StorageError) {
      return try Broker(
        storage: storage, config: config, timers: timers,
        wallClock: { Clock.epochMilliseconds() }, background: background, counters: counters,
        volumeSpace: { volume.flatMap { VolumeSpace(at: $0) } },
        logLevels: LogLevelControl(logger), warn: { logger.warning($0) })
    } catch {
      throw .opening("\(error)")
    }
  }

  private static func listen(
    _ server: BrokerServer
  ) throws(ActaNode.Failure) -> [String: Int] {
    do throws(ServerError) {
      return Dictionary(try server.start().map { ($0.name, $0.port) }) { first, _ in first }
    } catch {
      throw .listening(error.description)
    }
  }

  /// Where clients of each listener are told to connect. Those in this process have no use for an
  /// address and are told the first that others have.
  private static func endpoints(
    _ config: BrokerConfig, ports: [String: Int], isListening: Bool
  ) -> [String: Endpoint] {
    var endpoints: [String: Endpoint] = [:]
    for listener in config.listeners where isListening && endpoints[listener.name] == nil {
      let port = listener.advertisedPort(bound: ports[listener.name] ?? listener.port)
      endpoints[listener.name] = Endpoint(host: listener.advertisedHost, port: port)
    }
    endpoints[LocalConnections.listenerName] =
      config.listeners.first.flatMap { endpoints[$0.name] } ?? Endpoint(host: "localhost", port: 0)
    return endpoints
  }

  // MARK: Stopping

  /// No new requests; long polls end, those that run are answered; then everything is on disk. Returns
  /// when the node has stopped, whoever began it. Not to be called on a thread of the node's.
  func stop(graceMilliseconds: Int64 = graceMilliseconds) {
    let isFirst = phase.withLock { phase in
      guard case .running = phase else { return false }
      phase = .stopping
      return true
    }
    guard isFirst else {
      return phase.wait { phase in if case .stopped = phase { () } else { nil } }
    }
    // After a failure nothing that this process knows of the log can be trusted: nobody is waited for.
    let grace = failure == nil ? graceMilliseconds : 0
    let deadline = Clock.monotonicMilliseconds() + grace
    broker.stopWaiting()
    server?.shutdown(graceMilliseconds: grace)
    connections.shutdown(by: deadline)
    cacheKeeper.stop()
    storage.close()
    timers.stop()
    background.stop()
    phase.update { $0 = .stopped }
    ended(nil)
  }

  /// Nobody has the node any more: it stops now, unless it is stopping already, which nobody waits for.
  func letGo() {
    let isRunning = phase.withLock { phase in if case .running = phase { true } else { false } }
    if isRunning { stop(graceMilliseconds: 0) }
  }

  // MARK: The end

  /// Why the log stopped by itself, if it has.
  var failure: String? { end.withLock { $0.failure } }

  /// Calls `observer` once when the node stops, or the log by itself; at once if that has been.
  func observeEnd(_ observer: @escaping @Sendable () -> Void) {
    let isOver = end.withLock { end in
      if !end.isOver { end.observers.append(observer) }
      return end.isOver
    }
    if isOver { observer() }
  }

  func ended(_ failure: String?) {
    let observers = end.withLock { end in
      defer {
        end.isOver = true
        end.observers = []
      }
      if end.failure == nil { end.failure = failure }
      return end.observers
    }
    for observer in observers { observer() }
  }
}
