import ActaModel
import ClientCore
import KafkaWire
import Threads
import Transport

/// A client's connections, one to each broker that it has use for, and its picture of the cluster, which it
/// keeps up to date. Only the client's loop touches it.
final class ClientNetwork {
  /// A broker, or one of the addresses that the client was given to begin with.
  fileprivate struct Peer {
    let endpoint: BrokerEndpoint
    var connection: BrokerConnection?
    /// Attempts that have failed one after the other.
    var failures = 0
    var notBefore: Int64 = 0
    var lastFailure: String?
  }

  /// A connection's use. Answers come in the order of the requests, so what may wait at the broker for as long
  /// as it likes has one of its own.
  enum Lane: Hashable {
    case ordinary
    case fetching
    /// Where a member of a group waits for the others.
    case group
  }

  private struct Way: Hashable {
    let node: Int32
    let lane: Lane
  }

  private struct Waiter {
    let take: (BrokerConnection) -> Void
    let fail: (ClientFailure) -> Void
  }

  private let loop: EventLoop
  let settings: NetworkSettings
  private let makeLink: (BrokerEndpoint) -> any FrameLink
  private var random = SystemRandomNumberGenerator()
  let log: ClientLog

  private(set) var view = ClusterView()
  private var nodes: [Way: Peer] = [:]
  private var bootstrap: [Peer]
  private var nextBootstrap = 0
  private var isClosed = false

  /// Topics that somebody here has to do with; all of them if `nil`.
  private var topics: Set<String>? = []
  private var isAsking = false
  private var isOutdated = false
  private var failedMetadata = 0
  /// Why the last question about the cluster was not answered.
  private var metadataFailure: String?
  private var metadataTimer: LoopTimer?
  private var reconnectTimer: LoopTimer?
  /// Whoever waits for any broker.
  private var waitingForAny: [Int: Waiter] = [:]
  private var lastWaiter = 0

  /// Called when a connection is ready, one is over, or the picture has changed.
  var changed: () -> Void = {}

  /// - Parameter makeLink: What leads to a broker; `nil` is TCP.
  init(
    _ settings: NetworkSettings, on loop: EventLoop, over makeLink: LinkMaker? = nil
  ) {
    self.settings = settings
    self.loop = loop
    log = ClientLog(handler: settings.instruments.log, clientID: settings.clientID)
    let timeout = settings.connectionSetupTimeoutMilliseconds
    self.makeLink =
      makeLink.map { make in { _ in make(loop) } }
      ?? { SocketLink(to: $0, withinMilliseconds: timeout, on: loop) }
    bootstrap = settings.bootstrapServers.map { Peer(endpoint: $0) }
  }

  private var identity: ClientIdentity {
    ClientIdentity(
      clientID: settings.clientID, requestTimeoutMilliseconds: settings.requestTimeoutMilliseconds,
      meter: settings.instruments.meter)
  }

  // MARK: Brokers

  /// Whether a request to the broker could be sent at once. If not, a connection is made unless it is too early
  /// for another attempt; `changed` is called when that is done.
  func isReady(_ node: Int32, _ lane: Lane = .ordinary) -> Bool {
    connection(to: Way(node: node, lane: lane))?.versions != nil
  }

  private func connection(to way: Way) -> BrokerConnection? {
    guard !isClosed, let known = view.nodes[way.node] else { return nil }
    let endpoint = BrokerEndpoint(host: known.host, port: known.port)
    if nodes[way]?.endpoint != endpoint {
      nodes[way]?.connection?.close(because: "node \(way.node) is at \(endpoint) now")
      nodes[way] = Peer(endpoint: endpoint)
    }
    if let connection = nodes[way]?.connection { return connection }
    guard let peer = nodes[way], Clock.monotonicMilliseconds() >= peer.notBefore else {
      if let peer = nodes[way] { reconnect(at: peer.notBefore) }
      return nil
    }
    let connection = connect(to: endpoint)
    nodes[way]?.connection = connection
    return connection
  }

  private func connect(to endpoint: BrokerEndpoint) -> BrokerConnection {
    BrokerConnection(
      endpoint.description, over: makeLink(endpoint), on: loop, as: identity,
      ready: { [unowned self] connection in
        log(.debug, "Connected to \(connection.name).", ["kafka.broker": connection.name])
        becameReady(connection)
      }, closed: { [unowned self] in ended($0) })
  }

  private func becameReady(_ connection: BrokerConnection) {
    for (way, peer) in nodes where peer.connection === connection { nodes[way]?.failures = 0 }
    for index in bootstrap.indices where bootstrap[index].connection === connection {
      bootstrap[index].failures = 0
    }
    let waited = waitingForAny.sorted { $0.key < $1.key }
    waitingForAny = [:]
    for (_, waiter) in waited { waiter.take(connection) }
    askForMetadata()
    changed()
  }

  private func ended(_ connection: BrokerConnection) {
    if isClosed { return }
    if case .closed(let reason) = connection.phase {
      log(.info, "Not connected: \(reason).", ["kafka.broker": connection.name])
    }
    if let way = nodes.first(where: { $0.value.connection === connection })?.key {
      nodes[way]?.note(connection, backoff: settings.reconnectBackoff, &random)
      // It may have moved.
      refresh()
    } else if let index = bootstrap.firstIndex(where: { $0.connection === connection }) {
      bootstrap[index].note(connection, backoff: settings.reconnectBackoff, &random)
      seekAnybody()
    }
    changed()
  }

  private func reconnect(at time: Int64) {
    guard reconnectTimer == nil, !isClosed else { return }
    let wait = max(1, time - Clock.monotonicMilliseconds())
    reconnectTimer = loop.schedule(afterMilliseconds: wait) { [weak self] in
      self?.reconnectTimer = nil
      self?.seekAnybody()
      self?.changed()
    }
  }

  // MARK: Any broker

  /// The one with the least to do; `nil` if none is ready, and then one is looked for.
  private func anyConnection() -> BrokerConnection? {
    let nodes = nodes.filter { $0.key.lane == .ordinary }
    let open = nodes.values.compactMap(\.connection) + bootstrap.compactMap(\.connection)
    let ready = open.filter { $0.versions != nil }
    if let idlest = ready.min(by: { $0.inFlightCount < $1.inFlightCount }) { return idlest }
    if open.isEmpty { beginWithAnybody() }
    return nil
  }

  /// Whether a request to any broker could be sent at once.
  var reachesAnybody: Bool {
    (Array(nodes.values) + bootstrap).contains { $0.connection?.versions != nil }
  }

  private func seekAnybody() {
    if isOutdated || !waitingForAny.isEmpty, let connection = anyConnection() {
      // One is there already: what waits for any goes to it.
      becameReady(connection)
    }
  }

  /// Tries the brokers that are known, and then the addresses of the beginning, in turn.
  private func beginWithAnybody() {
    let now = Clock.monotonicMilliseconds()
    for node in view.nodes.keys.shuffled(using: &random) {
      let way = Way(node: node, lane: .ordinary)
      if (nodes[way]?.notBefore ?? 0) <= now, connection(to: way) != nil { return }
    }
    for _ in bootstrap.indices {
      let index = nextBootstrap
      nextBootstrap = (nextBootstrap + 1) % bootstrap.count
      if bootstrap[index].notBefore > now { continue }
      bootstrap[index].connection = connect(to: bootstrap[index].endpoint)
      return
    }
    let next = (nodes.values.map(\.notBefore) + bootstrap.map(\.notBefore)).filter { $0 > now }
    if let next = next.min() { reconnect(at: next) }
  }

  /// Why a broker cannot be sent anything; `nil` while it can.
  func obstacle(to node: Int32) -> String? {
    guard let peer = nodes[Way(node: node, lane: .ordinary)] else { return nil }
    if peer.connection?.versions != nil { return nil }
    return peer.lastFailure ?? "\(peer.endpoint) is not connected yet"
  }

  /// What has become of each address, for a sentence about having reached nobody.
  var failures: String {
    let peers = bootstrap + nodes.values.sorted { $0.endpoint.port < $1.endpoint.port }
    let told = (peers.map(\.lastFailure) + [metadataFailure]).compactMap(\.self)
    var seen: Set<String> = []
    return told.filter { seen.insert($0).inserted }.joined(separator: "; ")
  }

  // MARK: Requests

  /// Sends a request to a broker.
  ///
  /// - Parameters:
  ///   - node: `nil` for any.
  ///   - lane: Over which of the connections to it.
  ///   - make: The request in a version that both sides know.
  ///   - completion: Called once.
  func send<R: RequestMessage>(
    to node: Int32?, lane: Lane = .ordinary, within timeoutMilliseconds: Int64? = nil,
    _ make: @escaping (SpokenVersions) throws(ClientFailure) -> (request: R, version: Int16),
    completion: @escaping (Result<R.Response, ClientFailure>) -> Void
  ) {
    let timeout = timeoutMilliseconds ?? settings.requestTimeoutMilliseconds
    if isClosed { return completion(.failure(ClientFailure(.closed, "The client is closed."))) }
    guard let node else { return sendToAny(timeout, make, completion) }
    let way = Way(node: node, lane: lane)
    guard let connection = connection(to: way) else {
      let reason = nodes[way]?.lastFailure ?? "Node \(node) is not known."
      return completion(.failure(ClientFailure(.disconnected, reason, node: node)))
    }
    connection.send(within: timeout, make, completion: completion)
  }

  private func sendToAny<R: RequestMessage>(
    _ timeout: Int64,
    _ make: @escaping (SpokenVersions) throws(ClientFailure) -> (request: R, version: Int16),
    _ completion: @escaping (Result<R.Response, ClientFailure>) -> Void
  ) {
    if let connection = anyConnection() {
      return connection.send(within: timeout, make, completion: completion)
    }
    lastWaiter += 1
    let waiter = lastWaiter
    let timer = loop.schedule(afterMilliseconds: timeout) { [weak self] in
      guard let self, waitingForAny.removeValue(forKey: waiter) != nil else { return }
      completion(.failure(nobodyReached(within: timeout)))
    }
    waitingForAny[waiter] = Waiter(
      take: { connection in
        timer.cancel()
        connection.send(within: timeout, make, completion: completion)
      },
      fail: { failure in
        timer.cancel()
        completion(.failure(failure))
      })
  }

  func nobodyReached(within milliseconds: Int64) -> ClientFailure {
    let addresses = settings.bootstrapServers.map(\.description).joined(separator: ", ")
    let sentence =
      "No broker could be reached within \(milliseconds) ms (bootstrap.servers: \(addresses))"
    return ClientFailure(.timedOut, failures.isEmpty ? sentence + "." : "\(sentence): \(failures)")
  }

  /// Sends one that is not answered; the broker must be ready.
  func tell<R: RequestMessage>(
    _ node: Int32,
    _ make: (SpokenVersions) throws(ClientFailure) -> (request: R, version: Int16)
  ) throws(ClientFailure) {
    let way = Way(node: node, lane: .ordinary)
    guard let connection = connection(to: way), let versions = connection.versions else {
      throw ClientFailure(.disconnected, "Node \(node) is not connected.", node: node)
    }
    let (request, version) = try make(versions)
    try connection.tell(request, version: version)
  }

  // MARK: Metadata

  /// From now on the picture takes the topics in; `nil` is all there are.
  func follow(_ names: Set<String>?) {
    let before = topics
    topics = names.flatMap { names in topics.map { $0.union(names) } }
    let isNew = topics != before || names.map { !$0.isSubset(of: view.topics.keys) } ?? true
    if isNew { refresh() }
  }

  /// From now on the picture takes in the topics with these ids, whose names are not known yet.
  func follow(ids: Set<TopicID>) {
    send(to: nil) { versions throws(ClientFailure) in
      var request = MetadataRequest()
      request.topics = ids.map { id in
        var topic = MetadataRequest.Topic()
        topic.topicID = id
        topic.name = nil
        return topic
      }
      request.allowAutoTopicCreation = false
      return (request, try versions.newest(of: .metadata, from: 12))
    } completion: { [weak self] (answer: Result<MetadataResponse, ClientFailure>) in
      guard let self, !isClosed else { return }
      guard case .success(let response) = answer else {
        let wait = settings.retryBackoff.milliseconds(
          after: 1, chance: Double.random(in: 0..<1, using: &random))
        loop.schedule(afterMilliseconds: wait) { [weak self] in self?.follow(ids: ids) }
        return
      }
      view.apply(response, namesAll: false)
      topics?.formUnion(response.topics.filter { $0.errorCode == .none }.compactMap(\.name))
      changed()
    }
  }

  /// Takes in what an answer tells of the brokers which somebody has asked for by himself; its topics are left to him.
  func learnBrokers(_ answer: MetadataResponse) {
    guard !isClosed else { return }
    var brokers = answer
    brokers.topics = []
    view.apply(brokers, namesAll: false)
    dropOthers()
    changed()
  }

  /// The picture is old.
  func refresh() {
    isOutdated = true
    askForMetadata()
  }

  private func askForMetadata() {
    guard isOutdated, !isAsking, metadataTimer == nil || failedMetadata == 0, !isClosed else {
      return
    }
    guard let connection = anyConnection() else { return }
    metadataTimer?.cancel()
    metadataTimer = nil
    isAsking = true
    isOutdated = false
    let wanted = topics
    connection.send(within: settings.requestTimeoutMilliseconds) {
      [settings] versions throws(ClientFailure) in
      var request = MetadataRequest()
      request.topics = wanted.map { names in
        names.sorted().map { name in
          var topic = MetadataRequest.Topic()
          topic.name = name
          return topic
        }
      }
      request.allowAutoTopicCreation = settings.allowAutoCreateTopics
      return (request, try versions.newest(of: .metadata, from: 1))
    } completion: { [weak self] in
      self?.learned($0, namesAll: wanted == nil)
    }
  }

  private func learned(_ answer: Result<MetadataResponse, ClientFailure>, namesAll: Bool) {
    isAsking = false
    guard !isClosed else { return }
    switch answer {
    case .failure(let failure):
      isOutdated = true
      metadataFailure = failure.sentence
      log(.warning, "Nothing could be learnt of the cluster: \(failure.sentence)")
    case .success(let response):
      metadataFailure = nil
      view.apply(response, namesAll: namesAll)
      dropOthers()
      // A leader that is not among the brokers has just left, or not come yet.
      let isIncomplete = response.topics.contains { topic in
        topic.errorCode.isRetriable
          || topic.partitions.contains { view.nodes[$0.leaderID] == nil }
      }
      if isIncomplete { isOutdated = true }
    }
    failedMetadata = isOutdated ? failedMetadata + 1 : 0
    let chance = Double.random(in: 0..<1, using: &random)
    let wait =
      isOutdated
      ? settings.retryBackoff.milliseconds(after: failedMetadata, chance: chance)
      : settings.metadataMaxAgeMilliseconds
    metadataTimer?.cancel()
    metadataTimer = loop.schedule(afterMilliseconds: wait) { [weak self] in
      self?.metadataTimer = nil
      self?.refresh()
    }
    changed()
  }

  /// Connections to brokers that are none any more. One to an address of the beginning becomes that of the
  /// broker which is there.
  private func dropOthers() {
    for (way, peer) in nodes where view.nodes[way.node] == nil {
      nodes[way] = nil
      peer.connection?.close(because: "node \(way.node) is not in the cluster any more")
    }
    if view.nodes.isEmpty { return }
    for index in bootstrap.indices {
      guard let connection = bootstrap[index].connection else { continue }
      let endpoint = bootstrap[index].endpoint
      let node = view.nodes.values.first {
        BrokerEndpoint(host: $0.host, port: $0.port) == endpoint
          && nodes[Way(node: $0.id, lane: .ordinary)]?.connection == nil
      }
      guard let node else {
        // Who waits on it is served first.
        if connection.inFlightCount == 0 {
          bootstrap[index].connection = nil
          connection.close(because: "the brokers are known by now")
        }
        continue
      }
      nodes[Way(node: node.id, lane: .ordinary)] = bootstrap[index]
      bootstrap[index].connection = nil
    }
  }

  // MARK: The end

  func close(because reason: String) {
    if isClosed { return }
    isClosed = true
    metadataTimer?.cancel()
    reconnectTimer?.cancel()
    changed = {}
    for peer in Array(nodes.values) + bootstrap { peer.connection?.close(because: reason) }
    let waited = waitingForAny.sorted { $0.key < $1.key }
    waitingForAny = [:]
    for (_, waiter) in waited { waiter.fail(ClientFailure(.closed, reason)) }
  }
}

extension ClientNetwork.Peer {
  fileprivate mutating func note(
    _ connection: BrokerConnection, backoff: Backoff, _ random: inout some RandomNumberGenerator
  ) {
    self.connection = nil
    failures += 1
    if case .closed(let reason) = connection.phase { lastFailure = reason }
    let chance = Double.random(in: 0..<1, using: &random)
    notBefore =
      Clock.monotonicMilliseconds() + backoff.milliseconds(after: failures, chance: chance)
  }
}
