import ActaModel
import Coordination
import Testing

/// A group under test with its topics, its tables and its clock. After every event the tables are
/// compared with the group.
struct Transcript {
  var topics: FakeTopics
  var settings = GroupSettings()
  /// Epochs count what has happened here: the first member is at 1.
  var group = ConsumerGroup(name: "g", epoch: 0)
  var tables = FakeTables()
  var now = Instant(milliseconds: 1_000_000)
  /// Of the last event.
  var effects = Effects()

  init(_ topics: FakeTopics = FakeTopics(["t": 4]), interval: Int32 = 0) {
    self.topics = topics
    settings.consumerAssignmentInterval = interval
  }

  @discardableResult
  mutating func send(_ request: ConsumerHeartbeat) -> ConsumerHeartbeatReply {
    take { $0.heartbeat(request, &$1) }
  }

  @discardableResult
  mutating func join(
    _ id: String, to topics: [String]? = ["t"], regex: String? = nil, instance: String? = nil,
    assignor: String? = nil
  ) -> ConsumerHeartbeatReply {
    send(
      .joining(id, to: topics, regex: regex, instance: instance, assignor: assignor))
  }

  /// A heartbeat that says nothing but, perhaps, what the member owns.
  @discardableResult
  mutating func beat(
    _ id: String, _ epoch: Int32, owned: [Int32]? = nil, instance: String? = nil
  ) -> ConsumerHeartbeatReply {
    var request = ConsumerHeartbeat(
      groupID: "g", memberID: id, memberEpoch: epoch, instanceID: instance, client: .test)
    if let owned { request.owned = owned.isEmpty ? [:] : [topics.id("t"): Set(owned)] }
    return send(request)
  }

  mutating func tick() {
    take { $0.tick(&$1) }
  }

  @discardableResult
  mutating func remove(_ member: LeavingMember) -> ErrorCode {
    take { $0.leave([member], &$1)[0] }
  }

  mutating func wait(_ milliseconds: Int64) { now = now + milliseconds }

  /// Drops the group and takes it from the tables, as a restart does.
  mutating func restart() {
    group = ConsumerGroup(restoring: tables.stored!, settings: settings, at: now)
    #expect(group.stored == tables.stored)
  }

  /// Lets the group see an event.
  private mutating func take<Answer>(_ event: (inout ConsumerGroup, inout Turn) -> Answer) -> Answer
  {
    var turn = Turn(at: now, settings: settings, topics: topics)
    let answer = event(&group, &turn)
    group.settle(&turn)
    effects = turn.effects
    follow()
    return answer
  }

  private mutating func follow() {
    tables.apply(effects.changes)
    if let stored = tables.stored { #expect(group.stored == stored) }
  }

  func member(_ id: String) -> MemberRow.ConsumerPart? {
    group.stored.members.first { $0.memberID == id }?.consumer
  }

  /// What the member has of topic `t`, sorted.
  func assigned(_ id: String) -> [Int32]? {
    member(id).map { $0.assigned[topics.id("t")]?.keys.sorted() ?? [] }
  }

  var epoch: Int32 { group.description.groupEpoch }
  var kinds: [GroupEvent.Kind] { effects.events.map(\.kind) }
  var reasons: [String?] { effects.events.map(\.reason) }
}

extension ConsumerHeartbeat {
  static func joining(
    _ id: String, to topics: [String]? = ["t"], regex: String? = nil, instance: String? = nil,
    assignor: String? = nil
  ) -> ConsumerHeartbeat {
    ConsumerHeartbeat(
      groupID: "g", memberID: id, memberEpoch: 0, instanceID: instance,
      rebalanceTimeoutMilliseconds: 60_000, subscribedTopics: topics, subscribedRegex: regex,
      assignor: assignor, owned: [:], client: .test)
  }
}

extension ClientIdentity {
  static let test = ClientIdentity(clientID: "app", clientHost: "/127.0.0.1")
}

extension ConsumerHeartbeatReply {
  /// What was assigned of all topics, sorted; `nil` for no news.
  var numbers: [Int32]? { assignment.map { $0.values.flatMap { $0 }.sorted() } }
}
