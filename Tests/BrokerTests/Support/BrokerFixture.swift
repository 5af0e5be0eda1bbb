import ActaModel
import Bytes
import KafkaConfig
import KafkaWire
import LogEngine
import LogStorage
import LogTestSupport
import SQLiteLog
import SQLiteStore
import Synchronization
import Testing

@testable import Broker

/// A broker on a real log, driven by frames. Both clocks stand still unless a test moves them.
final class BrokerFixture: Sendable {
  let wallClock = ManualWallClock()
  let executor = ManualExecutor()
  /// What sessions and rebalances go by; apart from the connections' clock only so that a test can
  /// look at each by itself.
  let timers = ManualExecutor()
  let config: LiveConfig
  let storage: LogEngine
  let broker: Broker
  let connection: ConnectionContext
  /// What the broker had to say.
  let warnings = SharedValue<[String]>([])
  /// The transactional producers that `furnish` has made, by id.
  let producers = SharedValue<[String: TestProducer]>([:])
  private let ids = CountingIDs()
  private let lastCorrelationID = Mutex<Int32>(0)

  init(
    _ settings: [String: String] = [:], at location: Location = .memory,
    on store: ScriptedStore? = nil, authorizer: any Authorizer = AllowAll(),
    volumeSpace: VolumeSpace? = nil, logLevels: LogLevelControl = .none
  ) throws {
    var options = LogOptions()
    options.now = { [wallClock] in wallClock.now }
    config = LiveConfig(try BrokerConfig(settings))
    storage =
      if let store { try LogEngine(store, options: options.engine) } else {
        try LogEngine.open(location, options: options)
      }
    broker = try Broker(
      storage: storage, config: config, timers: timers,
      wallClock: { [wallClock] in wallClock.now }, freshID: { [ids] in ids.next() },
      authorizer: authorizer, volumeSpace: { volumeSpace }, logLevels: logLevels,
      warn: { [warnings] sentence in warnings.withLock { $0.append(sentence) } })
    broker.advertise([
      "PLAINTEXT": Endpoint(host: "broker.example", port: 9092),
      "EXTERNAL": Endpoint(host: "outside.example", port: 19092),
    ])
    connection = Self.connection(1, executor: executor)
  }

  private static func connection(
    _ id: UInt64, listener: String = "PLAINTEXT", executor: any ConnectionExecutor
  ) -> ConnectionContext {
    ConnectionContext(
      id: id, listenerName: listener, clientAddress: "/127.0.0.1", executor: executor)
  }

  /// Another connection, of the same thread.
  func connection(_ id: UInt64, listener: String = "PLAINTEXT") -> ConnectionContext {
    Self.connection(id, listener: listener, executor: executor)
  }

  // MARK: Requests

  /// Hands a request to the broker; what comes of it is asked of the call.
  ///
  /// - Parameter version: The newest one if `nil`.
  func begin<R: RequestMessage>(
    _ request: R, version: Int16? = nil, clientID: String? = "test",
    on connection: ConnectionContext? = nil
  ) throws -> Call<R.Response> {
    let version = try version ?? #require(versions(of: R.api).last)
    let correlationID = lastCorrelationID.withLock { id in
      id += 1
      return id
    }
    let frame = try frame(
      request, version: version, correlationID: correlationID, clientID: clientID)
    let call = Call<R.Response>(version: version, correlationID: correlationID)
    broker.handle(frame, on: connection ?? self.connection) { call.finish($0) }
    return call
  }

  /// The response to a request that gets one.
  func send<R: RequestMessage>(
    _ request: R, version: Int16? = nil, clientID: String? = "test",
    on connection: ConnectionContext? = nil
  ) async throws -> R.Response {
    try await begin(request, version: version, clientID: clientID, on: connection).response()
  }

  /// What the broker does with a frame as it stands, without its size.
  func outcome(of frame: ByteSlice) async -> Reply {
    let call = Call<ApiVersionsResponse>(version: 0, correlationID: 0)
    broker.handle(frame, on: connection) { call.finish($0) }
    return await call.outcome()
  }
}

/// A request's frame as the broker gets it: without its size.
func frame<R: RequestMessage>(
  _ request: R, version: Int16, correlationID: Int32 = 1, clientID: String? = "test"
) throws -> ByteSlice {
  let whole = ByteSlice(
    [UInt8](
      try Frame.encode(
        request, version: version, correlationID: correlationID, clientID: clientID)))
  return whole[MemoryLayout<Int32>.size..<whole.count]
}

/// Every version of an API that is served, oldest first.
func versions(of api: APIKey) -> [Int16] {
  APIVersionTable.served.first { $0.key == api }.map { Array($0.range) } ?? []
}

/// The versions from `first` on.
func versions(of api: APIKey, since first: Int16) -> [Int16] {
  versions(of: api).filter { $0 >= first }
}

extension WireStruct {
  /// A message or a part of one, made in one expression.
  static func with(_ change: (inout Self) -> Void) -> Self {
    var value = Self()
    change(&value)
    return value
  }
}
