package import ActaModel
package import Bytes
import Coordination
package import Counters
package import KafkaConfig
import KafkaWire
package import LogStorage
import Synchronization

/// A one-node Kafka broker without sockets: frames in, frames out, everything kept by a `LogStorage`.
///
/// It decides what each request means and knows neither how bytes reach it nor how the log is
/// stored. One file per API is in `Handlers/`; the table of what is served is `Routes`.
package final class Broker: RequestHandler {
  let storage: any LogStorage
  private let liveConfig: LiveConfig
  /// Epoch milliseconds.
  let wallClock: @Sendable () -> Int64
  /// Ends of member ids that were never given before.
  let freshID: @Sendable () -> String
  let authorizer: any Authorizer
  let logLevels: LogLevelControl
  let volumeSpace: @Sendable () -> VolumeSpace?
  private let warn: @Sendable (String) -> Void
  /// What requests give reason to say; the clients decide how often that is.
  private let remarks = Mutex(Repetitions())
  let groups: GroupHost
  let transactions: TransactionHost
  let fetchWaiters = FetchWaiters()
  let intake: ProduceIntake
  let tableReads = TableReads()
  let answers = AnswerAdmission()
  let background: any BackgroundExecutor
  private let endpoints: Mutex<[String: Endpoint]>
  private let topicSettings: TopicSettingsCache
  private let runtime: RuntimeConfig
  private let housekeeper: Housekeeper
  private let routes: Routes

  /// Takes groups and transactions up where the log says they were, and keeps house from now on.
  ///
  /// - Parameter timers: Sessions and rebalances of groups go by them, and housekeeping.
  /// - Parameter wallClock: Epoch milliseconds; timestamps of LogAppendTime and the limits on
  ///   producers' timestamps go by it.
  /// - Parameter freshID: A text that was never given before, for member ids.
  /// - Parameter background: Where large answers are made.
  /// - Parameter authorizer: Decides what each client may do.
  /// - Parameter counters: Where it says what it counts.
  /// - Parameter volumeSpace: The room where the log is; `nil` where there is no volume.
  /// - Parameter logLevels: The levels of the node's loggers.
  /// - Parameter warn: Takes a sentence for whoever runs the broker.
  package init(
    storage: any LogStorage, config: LiveConfig, timers: any Timers,
    wallClock: @escaping @Sendable () -> Int64,
    freshID: @escaping @Sendable () -> String = Broker.randomID,
    background: any BackgroundExecutor = Immediately(),
    authorizer: any Authorizer = AllowAll(), counters: CounterRegistry = CounterRegistry(),
    volumeSpace: @escaping @Sendable () -> VolumeSpace? = { nil },
    logLevels: LogLevelControl = .none,
    warn: @escaping @Sendable (String) -> Void = { _ in }
  ) throws(StorageError) {
    self.storage = storage
    liveConfig = config
    self.wallClock = wallClock
    intake = ProduceIntake(storage, wallClock: wallClock)
    self.freshID = freshID
    self.background = background
    self.authorizer = authorizer
    self.logLevels = logLevels
    self.volumeSpace = volumeSpace
    self.warn = warn
    endpoints = Mutex([:])
    routes = Routes.all
    topicSettings = TopicSettingsCache(config)
    let runtime = RuntimeConfig(
      config, storage: storage, topicSettings: topicSettings, warn: warn)
    self.runtime = runtime
    // The storage must not keep alive what keeps it.
    storage.observeConfigs { [weak runtime] in runtime?.apply($0) }
    runtime.apply(storage.configOverrides())
    let groupSettings = LiveGroupSettings(config, runtime)
    groups = try GroupHost(
      storage: storage, settings: { groupSettings.current }, timers: timers)
    transactions = try TransactionHost(
      storage: storage, config: { config.current.transactions }, timers: timers,
      wallClock: wallClock, warn: warn)
    housekeeper = Housekeeper(
      [
        RecordRetention(storage: storage, topicSettings: topicSettings),
        OffsetRetention(groups: groups), AuditRetention(storage: storage),
        TransactionalIDRetention(transactions: transactions),
        Compaction(storage: storage, topicSettings: topicSettings),
      ], config: config, timers: timers, wallClock: wallClock, warn: warn)
    counters.level(CounterName("acta_fetches_waiting")) { [fetchWaiters] in fetchWaiters.count }
    storage.observeAdvances { [fetchWaiters] in
      fetchWaiters.isAwaited($0)
    } _: { [fetchWaiters] in
      fetchWaiters.wake($0)
    }
  }

  /// Says at which address clients of each listener reach this broker. Set before the first request
  /// and after ports are bound, since a port may be chosen by the system.
  package func advertise(_ endpoints: [String: Endpoint]) {
    self.endpoints.withLock { $0 = endpoints }
  }

  /// Keeps answers within the memory that the transport has for them.
  package func limitAnswers(by memory: any AnswerMemory) { answers.limit(by: memory) }

  /// Answers every request that waits, and those to come, with what there is: fetches with their
  /// records, members of groups with word to look for the coordinator again. Called before the server
  /// stops, which otherwise waits for them.
  package func stopWaiting() {
    fetchWaiters.stop()
    answers.stop()
    tableReads.stop()
    groups.stop()
    transactions.stop()
    housekeeper.stop()
  }

  /// Whether housekeeping is under way.
  package var isKeepingHouse: Bool { housekeeper.isAtWork }

  /// Fetches that wait for records.
  package var waitingFetchCount: Int { fetchWaiters.count }

  /// A UUID.
  @Sendable package static func randomID() -> String {
    TopicID.random().description
  }

  // MARK: RequestHandler

  package func handle(
    _ frame: ByteSlice, on connection: ConnectionContext,
    reply: @escaping @Sendable (Reply) -> Void
  ) {
    routes.dispatch(frame, on: connection, to: self, reply: reply)
  }

  package func isPipelined(_ frame: ByteSlice) -> Bool {
    frame.integer(as: Int16.self) == APIKey.produce.rawValue
  }

  package func connectionClosed(_ connection: ConnectionContext) {
    connection.identity.leave()
    connection.pace.isGone = true
    fetchWaiters.drop(connectionID: connection.id)
    answers.drop(connectionID: connection.id)
    tableReads.drop(connectionID: connection.id)
  }
}

/// An address as clients are told it.
package struct Endpoint: Sendable, Equatable {
  package let host: String
  package let port: Int

  package init(host: String, port: Int) {
    self.host = host
    self.port = port
  }
}

extension Endpoint: CustomStringConvertible {
  /// `host:port`, an IPv6 host in brackets.
  package var description: String {
    host.utf8.contains(UInt8(ascii: ":")) ? "[\(host)]:\(port)" : "\(host):\(port)"
  }
}

// MARK: - What handlers share

extension Broker {
  /// As it is now: whoever needs two of its values that belong together asks once.
  var config: BrokerConfig { liveConfig.current }

  /// The address of each listener.
  var advertised: [String: Endpoint] { endpoints.withLock { $0 } }

  func endpoint(for connection: ConnectionContext) -> Endpoint {
    let endpoint = endpoints.withLock { $0[connection.listenerName] }
    guard let endpoint else {
      preconditionFailure("listener \(connection.listenerName) was never advertised")
    }
    return endpoint
  }

  /// The topic of a request that names topics by name or, from some version on, by id.
  func topic(
    named name: String, id: TopicID = .zero, byID: Bool = false
  ) throws(ProtocolError) -> Topic {
    let catalog = storage.catalog()
    guard let topic = byID ? catalog[id: id] : catalog[name] else {
      throw byID
        ? ProtocolError(.unknownTopicID, "This server does not host this topic ID.")
        : ProtocolError(.unknownTopic, about: name)
    }
    return topic
  }

  /// As above, if the session has the right to it. A name is asked about before it is looked for, so
  /// that who has no right to it does not learn whether there is such a topic; ids tell nothing.
  func topic(
    named name: String, id: TopicID = .zero, byID: Bool = false, to operation: Operation,
    for session: Session
  ) throws(ProtocolError) -> Topic {
    guard byID else {
      try session.require(operation, .topic(name))
      return try topic(named: name)
    }
    let topic = try topic(named: name, id: id, byID: true)
    try session.require(operation, .topic(topic.name), isNamed: false)
    return topic
  }

  func partition(_ number: Int32, of topic: Topic) throws(ProtocolError) -> PartitionID {
    guard let partition = topic.partition(number) else {
      throw ProtocolError(.unknownTopic, about: "\(topic.name)-\(number)")
    }
    return partition
  }

  /// Says what a client's requests give reason to say, once a minute.
  func remark(_ sentence: String, at now: Int64) {
    guard let withheld = remarks.withLock({ $0.admit(sentence, at: now) }) else { return }
    warn(sentence + Repetitions.suffix(withheld))
  }

  /// KafkaWire/PROTOCOL.md §8: an absent one skips the check.
  func checkLeaderEpoch(_ asked: Int32) throws(ProtocolError) {
    let current = storage.identity.leaderEpoch
    let epoch = LeaderEpoch(asked)
    if epoch == .absent || epoch == current { return }
    throw ProtocolError(epoch < current ? .fencedLeaderEpoch : .unknownLeaderEpoch)
  }

  func settings(of topic: Topic) -> TopicSettings {
    topicSettings.settings(of: topic)
  }
}

extension Topic {
  /// `nil` when the topic has no partition of that number.
  func partition(_ number: Int32) -> PartitionID? {
    partitions.indices.contains(Int(number)) ? partitions[Int(number)] : nil
  }
}
