import Broker
import BrokerServer
import KafkaConfig
import LogStorage
import Logging
import SQLiteLogStorage
import Threads

/// One running broker: the storage, the meaning of requests, and the sockets, joined here and
/// nowhere else; started and stopped in the order that durability asks for.
struct Node {
  let storage: SQLiteLogStorage
  let timers: TimerThread
  let broker: Broker
  let server: BrokerServer
  /// The bound port of each listener, by name.
  let ports: [String: Int]

  /// How long running requests may take once the node stops; what is left of the five seconds that
  /// a stop may take is for the storage.
  private static let graceMilliseconds: Int64 = 3_000

  static func start(_ config: LiveConfig, location: Location, logger: Logger) throws -> Node {
    let storage = try SQLiteLogStorage.open(
      location, options: Options(config.current, logger: logger))
    let timers = TimerThread()
    do {
      return try start(config, storage: storage, timers: timers, logger: logger)
    } catch {
      storage.close()
      timers.stop()
      throw error
    }
  }

  private static func start(
    _ config: LiveConfig, storage: SQLiteLogStorage, timers: TimerThread, logger: Logger
  ) throws -> Node {
    let broker = try Broker(
      storage: storage, config: config, timers: timers,
      wallClock: { Clock.epochMilliseconds() }, warn: { logger.warning($0) })
    // A port that the system chooses is known only once it is bound.
    broker.advertise(Self.endpoints(config.current, ports: [:]))
    let server = BrokerServer(
      configuration: ServerConfiguration(config, storage: storage), handler: broker,
      logger: logger)
    // The broker does not outlive the server, which owns it.
    broker.limitFetches { [weak server] in server?.roomForResponses ?? 0 }
    let ports = Dictionary(try server.start().map { ($0.name, $0.port) }) { first, _ in first }
    broker.advertise(Self.endpoints(config.current, ports: ports))
    return Node(storage: storage, timers: timers, broker: broker, server: server, ports: ports)
  }

  /// No new requests; long polls end, those that run are answered; then everything is on disk.
  func stop() {
    broker.stopWaiting()
    server.shutdown(graceMilliseconds: Self.graceMilliseconds)
    storage.close()
    timers.stop()
  }

  /// Where clients of each listener are told to connect.
  private static func endpoints(
    _ config: BrokerConfig, ports: [String: Int]
  ) -> [String: Endpoint] {
    Dictionary(
      config.listeners.map { listener in
        let port = listener.advertisedPort(bound: ports[listener.name] ?? listener.port)
        return (listener.name, Endpoint(host: listener.advertisedHost, port: port))
      }, uniquingKeysWith: { first, _ in first })
  }
}

extension Options {
  fileprivate init(_ config: BrokerConfig, logger: Logger) {
    self.init()
    tailCacheBytes = config.tailCacheBytes
    // The server stops reading at the configured bound; refusing is for what is past it already.
    maxQueuedBytes = config.queueMaxBytes * 4
    readerCount = config.readerThreads
    producerExpirationMilliseconds = config.transactions.producerIDExpirationMilliseconds
    log = { level, message in
      let level: Logger.Level =
        switch level {
        case .info: .info
        case .warning: .warning
        case .error: .error
        }
      logger.log(level, message)
    }
  }
}

extension ServerConfiguration {
  /// What is bound to sockets and threads is read now, limits and the bound of the write queue each
  /// time.
  fileprivate init(_ config: LiveConfig, storage: SQLiteLogStorage) {
    self.init(
      listeners: config.current.listeners.map {
        ListenerConfiguration(name: $0.name, host: $0.host, port: $0.port)
      })
    let connections = config.current.connections
    eventLoops = min(eventLoops, connections.networkThreads)
    socketSendBufferBytes = connections.sendBufferBytes
    socketReceiveBufferBytes = connections.receiveBufferBytes
    if let backlog = connections.backlog { self.backlog = Int32(clamping: backlog) }
    limits = { ServerLimits(config.current.connections) }
    isUnderPressure = { storage.queuedBytes > config.current.queueMaxBytes }
  }
}

extension ServerLimits {
  fileprivate init(_ config: ConnectionConfig) {
    self.init()
    if let limit = config.maxConnections { maxConnections = limit }
    if let limit = config.maxConnectionsPerAddress { maxConnectionsPerAddress = limit }
    maxIdleMilliseconds = config.maxIdleMilliseconds
    maxRequestBytes = config.maxRequestBytes
  }
}
