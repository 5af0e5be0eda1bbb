import Broker
import BrokerServer
import KafkaConfig
import LogEngine
import LogStorage
import Logging
import SQLiteLog
import SQLiteStore
import Threads

/// One running broker: the storage, the meaning of requests, and the sockets, joined here and
/// nowhere else; started and stopped in the order that durability asks for.
struct Node {
  let storage: LogEngine
  let timers: TimerThread
  let broker: Broker
  let server: BrokerServer
  /// The bound port of each listener, by name.
  let ports: [String: Int]

  /// How long running requests may take once the node stops; what is left of the five seconds that
  /// a stop may take is for the storage.
  private static let graceMilliseconds: Int64 = 3_000

  static func start(_ config: BrokerConfig, location: Location, logger: Logger) throws -> Node {
    let storage = try LogEngine.open(
      location, options: LogOptions(config, logger: logger))
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
    _ config: BrokerConfig, storage: LogEngine, timers: TimerThread, logger: Logger
  ) throws -> Node {
    let broker = try Broker(
      storage: storage, config: config, timers: timers, wallClock: { Clock.epochMilliseconds() })
    // A port that the system chooses is known only once it is bound.
    broker.advertise(Self.endpoints(config, ports: [:]))
    let server = BrokerServer(
      configuration: ServerConfiguration(config, storage: storage), handler: broker,
      logger: logger)
    // The broker does not outlive the server, which owns it.
    broker.limitFetches { [weak server] in server?.roomForResponses ?? 0 }
    let ports = Dictionary(try server.start().map { ($0.name, $0.port) }) { first, _ in first }
    broker.advertise(Self.endpoints(config, ports: ports))
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

extension LogOptions {
  fileprivate init(_ config: BrokerConfig, logger: Logger) {
    self.init()
    engine.tailCacheBytes = config.tailCacheBytes
    // The server stops reading at the configured bound; refusing is for what is past it already.
    engine.maxQueuedBytes = config.queueMaxBytes * 4
    engine.readerCount = config.readerThreads
    engine.producerExpirationMilliseconds = config.transactions.producerIDExpirationMilliseconds
    log = { level, message in
      let level: Logger.Level =
        switch level {
        case .debug: .debug
        case .info: .info
        case .warning: .warning
        case .error: .error
        }
      logger.log(level, message)
    }
  }
}

extension ServerConfiguration {
  fileprivate init(_ config: BrokerConfig, storage: LogEngine) {
    self.init(
      listeners: config.listeners.map {
        ListenerConfiguration(name: $0.name, host: $0.host, port: $0.port)
      })
    let connections = config.connections
    eventLoops = min(eventLoops, connections.networkThreads)
    maxRequestBytes = connections.maxRequestBytes
    socketSendBufferBytes = connections.sendBufferBytes
    socketReceiveBufferBytes = connections.receiveBufferBytes
    if let backlog = connections.backlog { self.backlog = Int32(clamping: backlog) }
    if let limit = connections.maxConnections { maxConnections = limit }
    if let limit = connections.maxConnectionsPerAddress { maxConnectionsPerAddress = limit }
    maxIdleMilliseconds = connections.maxIdleMilliseconds
    let queueMaxBytes = config.queueMaxBytes
    isUnderPressure = { storage.queuedBytes > queueMaxBytes }
  }
}
