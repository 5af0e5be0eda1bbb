import Broker
import BrokerServer
import Glibc
import KafkaConfig
import LogStorage
import Logging
import SQLiteLogStorage

/// One running broker: the storage, the meaning of requests, and the sockets, joined here and
/// nowhere else; started and stopped in the order that durability asks for.
struct Node {
  let storage: SQLiteLogStorage
  let broker: Broker
  let server: BrokerServer
  let listeners: [BoundListener]

  /// Where clients of each listener are told to connect, by the listener's name.
  let endpoints: [String: Endpoint]

  /// How long running requests may take once the node stops; what is left of the five seconds that
  /// a stop may take is for the storage.
  private static let graceMilliseconds: Int64 = 3_000

  static func start(_ config: BrokerConfig, location: Location, logger: Logger) throws -> Node {
    let storage = try SQLiteLogStorage.open(
      location, options: Options(config, logger: logger))
    let broker = Broker(storage: storage, config: config, wallClock: { Clock.wallMilliseconds() })
    // A port that the system chooses is known only once it is bound.
    broker.advertise(Self.endpoints(config, bound: []))
    let server = BrokerServer(
      configuration: ServerConfiguration(config, storage: storage), handler: broker,
      logger: logger)
    // The broker does not outlive the server, which owns it.
    broker.limitFetches { [weak server] in server?.roomForResponses ?? 0 }
    do {
      let bound = try server.start()
      let endpoints = Self.endpoints(config, bound: bound)
      broker.advertise(endpoints)
      return Node(
        storage: storage, broker: broker, server: server, listeners: bound, endpoints: endpoints)
    } catch {
      storage.close()
      throw error
    }
  }

  /// No new requests; long polls end, those that run are answered; then everything is on disk.
  func stop() throws {
    // Whatever becomes of the sockets, the log is closed.
    defer { storage.close() }
    broker.stopWaiting()
    try server.shutdown(graceMilliseconds: Self.graceMilliseconds)
  }

  private static func endpoints(
    _ config: BrokerConfig, bound: [BoundListener]
  ) -> [String: Endpoint] {
    let ports = Dictionary(bound.map { ($0.name, $0.port) }) { first, _ in first }
    return Dictionary(
      config.listeners.map { listener in
        let port = listener.advertisedPort ?? ports[listener.name] ?? listener.port
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
      logger.log(level: level, "\(message)")
    }
  }
}

extension ServerConfiguration {
  fileprivate init(_ config: BrokerConfig, storage: SQLiteLogStorage) {
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

/// The machine's clocks, in milliseconds.
enum Clock {
  /// Since 1970; may jump.
  static func wallMilliseconds() -> Int64 { milliseconds(CLOCK_REALTIME) }
  /// Never jumps; its zero means nothing.
  static func monotonicMilliseconds() -> Int64 { milliseconds(CLOCK_MONOTONIC) }

  private static func milliseconds(_ clock: clockid_t) -> Int64 {
    var time = timespec()
    let result = clock_gettime(clock, &time)
    precondition(result == 0, "the clock cannot be read")
    return Int64(time.tv_sec) * 1_000 + Int64(time.tv_nsec) / 1_000_000
  }
}
