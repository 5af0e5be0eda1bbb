import ActaModel
import ClientCore
import KafkaWire
import Transport

/// What a client reaches its cluster by: its connections (`BrokerPeers`), its picture of the cluster
/// (`ClusterPicture`), and requests to a broker or to any. Only the client's loop touches it.
final class ClientNetwork {
  private struct Waiter {
    let take: (BrokerConnection) -> Void
    let fail: (ClientFailure) -> Void
  }

  private let loop: EventLoop
  let settings: NetworkSettings
  private let makeLink: (BrokerEndpoint) -> any FrameLink
  let log: ClientLog
  private lazy var picture = ClusterPicture(settings, of: self, on: loop)
  private lazy var peers = BrokerPeers(
    settings.bootstrapServers, backoff: settings.reconnectBackoff, on: loop,
    connect: { [unowned self] in connect(to: $0) },
    pauseEnded: { [unowned self] in
      seekAnybody()
      changed()
    })
  private var isClosed = false
  /// Whoever waits for any broker.
  private var waitingForAny: [Int: Waiter] = [:]
  private var lastWaiter = 0

  /// Called once, when a broker and this client do not accept each other, or the only broker there was is gone:
  /// nothing is tried any more.
  var refused: (ClientFailure) -> Void = { _ in }
  private var refusal: ClientFailure?
  /// Why nothing is tried any more; `nil` as long as something is.
  var end: ClientFailure? {
    isClosed ? refusal ?? ClientFailure(.closed, "The client is closed.") : nil
  }
  /// Called when a connection is ready, one is over, or the picture has changed.
  var changed: () -> Void = {}

  /// - Parameter makeLink: What leads to a broker; `nil` is TCP.
  init(
    _ settings: NetworkSettings, on loop: EventLoop, over makeLink: LinkMaker? = nil
  ) {
    self.settings = settings
    self.loop = loop
    log = ClientLog(handler: settings.instruments.log, clientID: settings.clientID)
    let (timeout, security) = (settings.connectionSetupTimeoutMilliseconds, settings.security)
    self.makeLink =
      makeLink.map { make in { _ in make(loop) } }
      ?? { SocketLink(to: $0, withinMilliseconds: timeout, security, on: loop) }
  }

  // MARK: The cluster

  var view: ClusterView { picture.view }

  /// From now on the picture takes the topics in; `nil` is all there are.
  func follow(_ names: Set<String>?) { picture.follow(names) }

  /// From now on the picture takes in the topics with these ids, whose names are not known yet.
  func follow(ids: Set<TopicID>) { picture.follow(ids: ids) }

  /// Asks about a topic once more, whatever is known of it. `changed` is called before `completion`.
  func look(
    at topic: String, withinMilliseconds limit: Int64,
    _ completion: @escaping (Result<Void, ClientFailure>) -> Void
  ) { picture.look(at: topic, withinMilliseconds: limit, completion) }

  /// Takes in what an answer tells of the brokers which somebody has asked for by himself; its topics are left to him.
  func learnBrokers(_ answer: MetadataResponse) { picture.learnBrokers(answer) }

  /// The picture is old.
  func refresh() { picture.refresh() }

  /// The picture has other brokers.
  func brokersChanged() { peers.keepOnly(view) }

  // MARK: Connections

  /// Whether a request to the broker could be sent at once. If not, a connection is made unless it is too early
  /// for another attempt; `changed` is called when that is done.
  func isReady(_ node: Int32, _ lane: BrokerPeers.Lane = .ordinary) -> Bool {
    connection(to: BrokerPeers.Way(node: node, lane: lane))?.versions != nil
  }

  /// Why a broker cannot be sent anything; `nil` while it can.
  func obstacle(to node: Int32) -> String? { peers.obstacle(to: node) }

  /// Whether a request to any broker could be sent at once.
  var reachesAnybody: Bool { peers.reachesAnybody }

  /// The one with the least to do; `nil` if none is ready, and then one is looked for.
  func anyConnection() -> BrokerConnection? {
    isClosed ? nil : peers.anyConnection(in: view)
  }

  private func connection(to way: BrokerPeers.Way) -> BrokerConnection? {
    peers.connection(to: way, in: view)
  }

  private func connect(to endpoint: BrokerEndpoint) -> BrokerConnection {
    let identity = ClientIdentity(
      clientID: settings.clientID, requestTimeoutMilliseconds: settings.requestTimeoutMilliseconds,
      sasl: settings.security.sasl, meter: settings.instruments.meter)
    return BrokerConnection(
      endpoint.description, over: makeLink(endpoint), on: loop, as: identity,
      ready: { [unowned self] connection in
        let what = connection.readyCount == 1 ? "Connected to" : "Authenticated again at"
        log(.debug, "\(what) \(connection.name).", ["kafka.broker": connection.name])
        becameReady(connection)
      }, closed: { [unowned self] in ended($0) })
  }

  private func becameReady(_ connection: BrokerConnection) {
    peers.noteReady(connection)
    let waited = takeWaiters()
    for waiter in waited { waiter.take(connection) }
    picture.askIfOutdated()
    changed()
  }

  private func ended(_ connection: BrokerConnection) {
    if isClosed { return }
    if let failure = connection.failure {
      if failure.isFatal { return giveUp(failure) }
      // Brokers close what is idle; one that cannot be reached at all is worth a look.
      log(
        connection.readyCount > 0 ? .info : .warning, "Not connected: \(failure.sentence).",
        ["kafka.broker": connection.name])
    }
    switch peers.noteEnded(connection) {
    // It may have moved.
    case .node: picture.refresh()
    case .bootstrap: seekAnybody()
    case .unknown: break
    }
    changed()
  }

  /// To try again would be refused again, and may lock an account; or there is nobody any more.
  private func giveUp(_ failure: ClientFailure) {
    let reason =
      failure.isAuthenticationFailure
      ? "The client and a broker do not accept each other" : "The broker is gone"
    log(.error, "\(reason): \(failure.sentence)")
    let told = refused
    refusal = failure
    close(failure)
    told(failure)
  }

  private func seekAnybody() {
    if picture.isOutdated || !waitingForAny.isEmpty, let connection = anyConnection() {
      // One is there already: what waits for any goes to it.
      becameReady(connection)
    }
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
    to node: Int32?, lane: BrokerPeers.Lane = .ordinary, within timeoutMilliseconds: Int64? = nil,
    _ make: @escaping (SpokenVersions) throws(ClientFailure) -> (request: R, version: Int16),
    completion: @escaping (Result<R.Response, ClientFailure>) -> Void
  ) {
    let timeout = timeoutMilliseconds ?? settings.requestTimeoutMilliseconds
    if isClosed {
      return completion(.failure(refusal ?? ClientFailure(.closed, "The client is closed.")))
    }
    guard let node else { return sendToAny(timeout, make, completion) }
    let way = BrokerPeers.Way(node: node, lane: lane)
    guard let connection = connection(to: way) else {
      let reason = peers.lastFailure(of: way) ?? "Node \(node) is not known."
      return completion(.failure(ClientFailure(.disconnected, reason, node: node)))
    }
    connection.send(within: timeout, make) { answer in
      completion(answer.mapError { $0.at(node) })
    }
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

  /// In the order in which they came.
  private func takeWaiters() -> [Waiter] {
    defer { waitingForAny = [:] }
    return waitingForAny.sorted { $0.key < $1.key }.map(\.value)
  }

  /// What has become of each address, for a sentence about having reached nobody.
  var failures: String {
    var seen: Set<String> = []
    return (peers.failures + [picture.failure].compactMap(\.self))
      .filter { seen.insert($0).inserted }.joined(separator: "; ")
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
    let way = BrokerPeers.Way(node: node, lane: .ordinary)
    guard let connection = connection(to: way), let versions = connection.versions else {
      throw ClientFailure(.disconnected, "Node \(node) is not connected.", node: node)
    }
    let (request, version) = try make(versions)
    try connection.tell(request, version: version)
  }

  // MARK: The end

  func close(because reason: String) { close(ClientFailure(.closed, reason)) }

  private func close(_ failure: ClientFailure) {
    if isClosed { return }
    isClosed = true
    picture.close()
    changed = {}
    refused = { _ in }
    peers.close(because: failure.sentence)
    for waiter in takeWaiters() { waiter.fail(failure) }
  }
}
