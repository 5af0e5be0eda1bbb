import ClientCore
import Threads
import Transport

/// A client's connections: to each broker one for each use, and to addresses that it was given to begin with. One that
/// fails is tried again after a pause, longer each time. Only the client's loop touches it.
final class BrokerPeers {
  /// A connection's use. Answers come in the order of the requests, so what may wait at the broker for as long
  /// as it likes has one of its own.
  enum Lane: Hashable {
    case ordinary
    case fetching
    /// Where a member of a group waits for the others.
    case group
  }

  struct Way: Hashable {
    let node: Int32
    let lane: Lane
  }

  /// A broker, or one of the addresses of the beginning.
  fileprivate struct Peer {
    let endpoint: BrokerEndpoint
    var connection: BrokerConnection?
    /// Attempts that have failed one after the other.
    var failures = 0
    var notBefore: Int64 = 0
    var lastFailure: String?
  }

  private let loop: EventLoop
  private let backoff: Backoff
  private let connect: (BrokerEndpoint) -> BrokerConnection
  private let pauseEnded: () -> Void
  private var random = SystemRandomNumberGenerator()
  private var nodes: [Way: Peer] = [:]
  private var bootstrap: [Peer]
  private var nextBootstrap = 0
  private var timer: LoopTimer?
  private var isClosed = false

  /// - Parameters:
  ///   - connect: Begins a connection.
  ///   - pauseEnded: Called when something may be tried that had to wait.
  init(
    _ addresses: [BrokerEndpoint], backoff: Backoff, on loop: EventLoop,
    connect: @escaping (BrokerEndpoint) -> BrokerConnection, pauseEnded: @escaping () -> Void
  ) {
    self.loop = loop
    self.backoff = backoff
    self.connect = connect
    self.pauseEnded = pauseEnded
    bootstrap = addresses.map { Peer(endpoint: $0) }
  }

  // MARK: One broker

  /// The connection, which may not be ready yet. One is begun where there is none, unless it is too early for
  /// another attempt; `nil` then, and for a broker that is not known.
  func connection(to way: Way, in view: ClusterView) -> BrokerConnection? {
    guard !isClosed, let known = view.nodes[way.node] else { return nil }
    let endpoint = BrokerEndpoint(host: known.host, port: known.port)
    if nodes[way]?.endpoint != endpoint {
      nodes[way]?.connection?.close(because: "node \(way.node) is at \(endpoint) now")
      nodes[way] = Peer(endpoint: endpoint)
    }
    if let connection = nodes[way]?.connection { return connection }
    guard let peer = nodes[way], Clock.monotonicMilliseconds() >= peer.notBefore else {
      if let peer = nodes[way] { wait(until: peer.notBefore) }
      return nil
    }
    let connection = connect(endpoint)
    nodes[way]?.connection = connection
    return connection
  }

  func lastFailure(of way: Way) -> String? { nodes[way]?.lastFailure }

  /// Why a broker cannot be sent anything; `nil` while it can.
  func obstacle(to node: Int32) -> String? {
    guard let peer = nodes[Way(node: node, lane: .ordinary)] else { return nil }
    if peer.connection?.versions != nil { return nil }
    return peer.lastFailure ?? "\(peer.endpoint) is not connected yet"
  }

  // MARK: Any broker

  /// The one with the least to do; `nil` if none is ready, and then one is looked for.
  func anyConnection(in view: ClusterView) -> BrokerConnection? {
    let nodes = nodes.filter { $0.key.lane == .ordinary }
    let open = nodes.values.compactMap(\.connection) + bootstrap.compactMap(\.connection)
    let ready = open.filter { $0.versions != nil }
    if let idlest = ready.min(by: { $0.inFlightCount < $1.inFlightCount }) { return idlest }
    if open.isEmpty { beginWithAnybody(in: view) }
    return nil
  }

  /// Whether a request to any broker could be sent at once.
  var reachesAnybody: Bool {
    (Array(nodes.values) + bootstrap).contains { $0.connection?.versions != nil }
  }

  /// Tries the brokers that are known, and then the addresses of the beginning, in turn.
  private func beginWithAnybody(in view: ClusterView) {
    let now = Clock.monotonicMilliseconds()
    for node in view.nodes.keys.shuffled(using: &random) {
      let way = Way(node: node, lane: .ordinary)
      if (nodes[way]?.notBefore ?? 0) <= now, connection(to: way, in: view) != nil { return }
    }
    for _ in bootstrap.indices {
      let index = nextBootstrap
      nextBootstrap = (nextBootstrap + 1) % bootstrap.count
      if bootstrap[index].notBefore > now { continue }
      bootstrap[index].connection = connect(bootstrap[index].endpoint)
      return
    }
    let next = (nodes.values.map(\.notBefore) + bootstrap.map(\.notBefore)).filter { $0 > now }
    if let next = next.min() { wait(until: next) }
  }

  /// What has become of each address, for a sentence about having reached nobody.
  var failures: [String] {
    let peers = bootstrap + nodes.values.sorted { $0.endpoint.port < $1.endpoint.port }
    return peers.compactMap(\.lastFailure)
  }

  private func wait(until time: Int64) {
    guard timer == nil, !isClosed else { return }
    let wait = max(1, time - Clock.monotonicMilliseconds())
    timer = loop.schedule(afterMilliseconds: wait) { [weak self] in
      self?.timer = nil
      self?.pauseEnded()
    }
  }

  // MARK: What becomes of connections

  func noteReady(_ connection: BrokerConnection) {
    for (way, peer) in nodes where peer.connection === connection { nodes[way]?.failures = 0 }
    for index in bootstrap.indices where bootstrap[index].connection === connection {
      bootstrap[index].failures = 0
    }
  }

  enum Ended {
    case node, bootstrap, unknown
  }

  /// - Returns: Whose connection it was.
  func noteEnded(_ connection: BrokerConnection) -> Ended {
    if let way = nodes.first(where: { $0.value.connection === connection })?.key {
      nodes[way]?.note(connection, backoff, &random)
      return .node
    }
    if let index = bootstrap.firstIndex(where: { $0.connection === connection }) {
      bootstrap[index].note(connection, backoff, &random)
      return .bootstrap
    }
    return .unknown
  }

  /// Closes connections to brokers that are none any more. One to an address of the beginning becomes that of the
  /// broker which is there.
  func keepOnly(_ view: ClusterView) {
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

  func close(because reason: String) {
    isClosed = true
    timer?.cancel()
    for peer in Array(nodes.values) + bootstrap { peer.connection?.close(because: reason) }
  }
}

extension BrokerPeers.Peer {
  fileprivate mutating func note(
    _ connection: BrokerConnection, _ backoff: Backoff,
    _ random: inout some RandomNumberGenerator
  ) {
    self.connection = nil
    failures += 1
    if let failure = connection.failure { lastFailure = failure.sentence }
    let chance = Double.random(in: 0..<1, using: &random)
    notBefore =
      Clock.monotonicMilliseconds() + backoff.milliseconds(after: failures, chance: chance)
  }
}
