import ActaModel
import Testing

@testable import Coordination

/// A coordinator with a clock that the test moves, tables that follow what it writes, and clients
/// whose requests may wait. After every event it is checked that the tables say what the
/// coordinator knows, and that no request was answered twice.
final class GroupStage {
  private(set) var coordinator = GroupCoordinator()
  private let settings: GroupSettings
  private(set) var now = Instant(milliseconds: 1_000_000)
  private(set) var tables = GroupTables()
  private(set) var events: [GroupEvent] = []
  /// What the last event wrote.
  private(set) var changes: [GroupChange] = []
  private var joins: [ReplyToken: Call<JoinReply>] = [:]
  private var syncs: [ReplyToken: Call<SyncReply>] = [:]
  private var lastToken: UInt64 = 0
  private var lastFreshID = 0
  var topics = StageTopics()

  init(_ configure: (inout GroupSettings) -> Void = { _ in }) {
    var settings = GroupSettings()
    configure(&settings)
    self.settings = settings
  }

  /// A request that is answered now or later.
  final class Call<Reply> {
    fileprivate(set) var reply: Reply?
    var isWaiting: Bool { reply == nil }
  }

  // MARK: What clients do

  /// The first join of a client gives it the id `<client>-<n>`, n counting all first joins.
  @discardableResult
  func join(
    _ client: String, id: String = "", instance: String? = nil, group: String = "g",
    session: Int32 = 45_000, rebalance: Int32 = 300_000, type: String = "consumer",
    protocols: [GroupProtocol] = [.of("range")], reason: String? = nil, version: Int = 9
  ) -> Call<JoinReply> {
    if id.isEmpty { lastFreshID += 1 }
    let request = JoinRequest(
      groupID: group, memberID: id, instanceID: instance,
      client: ClientIdentity(clientID: client, clientHost: "/10.0.0.1"),
      sessionTimeoutMilliseconds: session, rebalanceTimeoutMilliseconds: rebalance,
      protocolType: type, protocols: protocols, reason: reason, isMemberIDRequired: version >= 4,
      canSkipAssignment: version >= 9, freshID: "\(lastFreshID)")
    let call = Call<JoinReply>()
    let token = nextToken()
    joins[token] = call
    take { $0.join(request, token: token, &$1) }
    return call
  }

  /// Joins as clients do: asks for an id, and joins with it.
  func enter(
    _ client: String, group: String = "g", session: Int32 = 45_000, rebalance: Int32 = 300_000,
    protocols: [GroupProtocol] = [.of("range")]
  ) -> Call<JoinReply> {
    let id = join(client, group: group, session: session, protocols: protocols).reply?.memberID
    return join(
      client, id: id ?? "", group: group, session: session, rebalance: rebalance,
      protocols: protocols)
  }

  @discardableResult
  func sync(
    _ id: String, _ generation: Int32, instance: String? = nil, group: String = "g",
    type: String? = nil, protocol name: String? = nil, giving: [(String, [UInt8])] = []
  ) -> Call<SyncReply> {
    let request = SyncRequest(
      groupID: group, generation: generation, memberID: id, instanceID: instance,
      protocolType: type, protocolName: name,
      assignments: giving.map { (memberID: $0.0, assignment: $0.1) })
    let call = Call<SyncReply>()
    let token = nextToken()
    syncs[token] = call
    take { $0.sync(request, token: token, &$1) }
    return call
  }

  func heartbeat(
    _ id: String, _ generation: Int32, instance: String? = nil, group: String = "g"
  ) -> ErrorCode {
    let request = ClassicHeartbeat(
      groupID: group, generation: generation, memberID: id, instanceID: instance)
    return take { $0.heartbeat(request, &$1) }
  }

  @discardableResult
  func leave(_ members: LeavingMember..., group: String = "g") -> [ErrorCode] {
    take { $0.leave(groupID: group, members: members, &$1) }
  }

  func consumerHeartbeat(_ request: ConsumerHeartbeat) -> ConsumerHeartbeatReply {
    take { $0.heartbeat(request, &$1) }
  }

  /// The source it is admitted as, or why not.
  func commit(
    _ id: String = "", _ generation: Int32 = -1, instance: String? = nil, group: String = "g",
    knowsConsumerGroups: Bool = true, isTransactional: Bool = false
  ) -> Result<CommitSource, MemberRefusal> {
    let request = CommitRequest(
      groupID: group, memberID: id, instanceID: instance, generation: generation,
      knowsConsumerGroups: knowsConsumerGroups, isTransactional: isTransactional)
    return take { $0.admitCommit(request, &$1) }.map(\.source)
  }

  func delete(_ group: String) -> ErrorCode {
    take { $0.delete(group, &$1) }
  }

  func removeIfUnused(_ group: String) { take { $0.removeIfUnused(group, &$1) } }

  // MARK: Time and restarts

  /// Lets time pass, with a tick at each deadline on the way.
  func pass(_ milliseconds: Int64) {
    let end = now + milliseconds
    while isSound, let deadline = coordinator.nextDeadline, deadline <= end {
      now = max(now, deadline)
      tick()
    }
    now = end
  }

  func tick() {
    take { $0.tick(&$1) }
    let isAhead = coordinator.nextDeadline.map { $0 > now } ?? true
    require(isAhead, "a deadline that a tick has left behind")
  }

  /// The process is gone, with all requests that waited, and another begins from the tables.
  func restart() {
    joins = [:]
    syncs = [:]
    coordinator = GroupCoordinator()
    take { $0.restore(tables.stored, keepingEqual: false, &$1) }
  }

  /// The storage has rolled back, or another process has written `groups`.
  func reload(_ groups: [StoredGroup]? = nil, keepingEqual: Bool = true) {
    if let groups { tables = GroupTables(groups) }
    take { $0.restore(tables.stored, keepingEqual: keepingEqual, &$1) }
  }

  // MARK: What has come of it

  /// Nothing that must hold after every event has been found broken.
  private(set) var isSound = true
  var waitingCount: Int { joins.count + syncs.count }

  func state(_ group: String = "g") -> GroupState? { tables[group]?.group.state }
  func ids(_ group: String = "g") -> [String] { tables[group]?.members.map(\.memberID) ?? [] }

  /// The events since the last call.
  func drainEvents() -> [GroupEvent] {
    defer { events = [] }
    return events
  }

  private func nextToken() -> ReplyToken {
    lastToken += 1
    return ReplyToken(lastToken)
  }

  /// Gives the coordinator a turn, and follows what it leads to.
  private func take<Answer>(
    _ event: (inout GroupCoordinator, inout Turn) -> Answer
  ) -> Answer {
    var turn = Turn(at: now, settings: settings, topics: topics)
    let answer = event(&coordinator, &turn)
    follow(turn.effects)
    return answer
  }

  private func follow(_ effects: Effects) {
    changes = effects.changes
    events += effects.events
    for change in effects.changes { tables.apply(change) }
    for (token, reply) in effects.joins { answer(&joins, token, reply) }
    for (token, reply) in effects.syncs { answer(&syncs, token, reply) }
    let isTold = tables.stored == coordinator.stored
    require(isTold, "the tables do not say what is known")
  }

  /// After the first fault all else is noise.
  private func require(_ isTrue: Bool, _ rule: Comment) {
    #expect(isTrue, rule)
    if !isTrue { isSound = false }
  }

  private func answer<Reply>(
    _ calls: inout [ReplyToken: Call<Reply>], _ token: ReplyToken, _ reply: Reply
  ) {
    guard let call = calls.removeValue(forKey: token) else {
      return require(false, "request \(token.value) does not wait")
    }
    call.reply = reply
  }
}

/// Topics as the coordinator sees them: a name and a number of partitions.
struct StageTopics: TopicLookup {
  var version: UInt64 = 1
  var partitionCounts: [String: Int32] = [:]

  func topic(named name: String) -> TopicShape? {
    partitionCounts[name].map {
      TopicShape(id: TopicID(high: 1, low: UInt64(name.utf8.count)), name: name, partitionCount: $0)
    }
  }

  func topic(id: TopicID) -> TopicShape? {
    partitionCounts.keys.lazy.compactMap { topic(named: $0) }.first { $0.id == id }
  }

  func names(matching pattern: String) -> [String]? { nil }
}

extension GroupProtocol {
  static func of(_ name: String, _ metadata: [UInt8] = [1]) -> Self {
    GroupProtocol(name: name, metadata: metadata)
  }

  /// What a consumer of these topics sends.
  static func consumer(_ name: String = "range", topics: String...) -> Self {
    GroupProtocol(name: name, metadata: ConsumerSubscription(topics: topics).bytes)
  }
}

extension LeavingMember {
  static func id(_ id: String, instance: String? = nil, reason: String? = nil) -> Self {
    LeavingMember(memberID: id, instanceID: instance, reason: reason)
  }

  static func instance(_ instance: String) -> Self {
    LeavingMember(memberID: "", instanceID: instance)
  }
}

extension GroupStage.Call<JoinReply> {
  var error: ErrorCode? { reply?.error }
  var id: String { reply?.memberID ?? "no answer yet" }
}

extension GroupStage.Call<SyncReply> {
  var error: ErrorCode? { reply?.error }
}
