import ActaModel
import Coordination
import KafkaWire
import Testing

@testable import ClientCore

/// Members, the broker's coordinator, and a network between them that is slow and breaks, in virtual time.
///
/// A member has one connection, on which requests and answers keep their order. When it breaks, whatever is under
/// way on it is lost on one side or the other, and the member hears of that a while later.
final class GroupWorld {
  struct Player {
    var membership: any GroupMembership
    var topics: Set<String>
    let instanceID: String?
    /// What the program holds by what it was told.
    var held: Set<ClientCore.TopicPartition> = []
    var revoking: Set<ClientCore.TopicPartition> = []
    var connection = 0
    var isBroken = false
    /// Until then it reaches nobody.
    var cutOffUntil = Instant(milliseconds: 0)
    var inFlight: Set<UInt64> = []
    /// When the last request arrives, and the last answer.
    var lastRequest = Instant(milliseconds: 0)
    var lastAnswer = Instant(milliseconds: 0)
    var isLeaving = false
  }

  private struct Happening {
    let time: Instant
    let number: Int
    let action: (GroupWorld) -> Void
  }

  var random: SplitMix
  private(set) var now = Instant(milliseconds: 1_000_000)
  private(set) var players: [Int: Player] = [:]
  private(set) var coordinator = GroupCoordinator()
  private(set) var topics: WorldTopics
  /// Whether connections break.
  var isStormy = true
  private(set) var lossCount = 0
  private(set) var changeCount = 0
  private var settings = GroupSettings()
  private var happenings: [Happening] = []
  private var lastHappening = 0
  private var lastPlayer = 0
  private var lastToken: UInt64 = 0
  private var tokens: [ReplyToken: (player: Int, connection: Int, call: UInt64)] = [:]

  init(seed: UInt64, topics: [String: Int32]) {
    random = SplitMix(state: seed)
    self.topics = WorldTopics(partitionCounts: topics)
    settings.initialRebalanceDelay = 500
    settings.consumerSessionTimeout = 10_000
    settings.consumerHeartbeatInterval = 1_000
  }

  func roll(_ range: ClosedRange<Int>) -> Int { Int.random(in: range, using: &random) }
  func isOne(in count: Int) -> Bool { roll(1...count) == 1 }

  // MARK: What members do

  @discardableResult
  func start(
    _ topics: Set<String>, instanceID: String? = nil,
    _ make: (MembershipSettings, _ number: Int, _ seed: UInt64) -> any GroupMembership
  ) -> Int {
    lastPlayer += 1
    var settings = MembershipSettings(groupID: "g")
    settings.groupInstanceID = instanceID
    settings.sessionTimeoutMilliseconds = 10_000
    settings.heartbeatIntervalMilliseconds = 1_000
    settings.maxPollIntervalMilliseconds = 30_000
    settings.requestTimeoutMilliseconds = 4_000
    players[lastPlayer] = Player(
      membership: make(settings, lastPlayer, random.next()), topics: topics, instanceID: instanceID)
    subscribe(lastPlayer, to: topics)
    return lastPlayer
  }

  func subscribe(_ id: Int, to topics: Set<String>) {
    players[id]?.topics = topics
    tell(id) { $0.subscribe(to: TopicSubscription(topics: topics), at: $1) }
  }

  func leave(_ id: Int) {
    players[id]?.isLeaving = true
    tell(id) { $0.leave(at: $1) }
  }

  /// Ends without a word.
  func kill(_ id: Int) { players[id] = nil }

  /// A member whose network is gone for a while.
  func cutOff(_ id: Int, forMilliseconds time: Int) {
    players[id]?.cutOffUntil = now + Int64(time)
    lose(id)
  }

  private func isCutOff(_ id: Int) -> Bool {
    isStormy && players[id].map { now < $0.cutOffUntil } ?? false
  }

  func poll(_ id: Int, isBeginning: Bool) {
    tell(id) { isBeginning ? $0.pollBegan(at: $1) : $0.pollEnded(at: $1) }
  }

  func setPartitions(_ topic: String, _ count: Int32) {
    topics.partitionCounts[topic] = count
    topics.version += 1
    for id in players.keys.sorted() {
      later(0...3_000) { world in
        let view = ClusterView(of: world.topics.partitionCounts)
        world.tell(id) { $0.learned(view, at: $1) }
      }
    }
  }

  func restartBroker() {
    let stored = coordinator.stored
    coordinator = GroupCoordinator()
    tokens = [:]
    turn { $0.restore(stored, keepingEqual: false, &$1) }
    for id in players.keys.sorted() { breakConnection(id) }
  }

  // MARK: Time

  /// Lets time pass, with all that happens in it.
  func pass(_ milliseconds: Int64) {
    let end = now + milliseconds
    var turns = 0
    while let next = nextTime, next <= end, turns < 1_000_000 {
      turns += 1
      now = max(now, next)
      if let first = happenings.first, first.time <= now {
        happenings.removeFirst()
        first.action(self)
      } else if let deadline = coordinator.nextDeadline, deadline <= now {
        turn { $0.tick(&$1) }
      } else {
        for (id, player) in players.sorted(by: { $0.key < $1.key }) {
          guard let deadline = player.membership.nextDeadline, deadline <= now else { continue }
          tell(id) { $0.tick(at: $1) }
        }
      }
    }
    #expect(turns < 1_000_000, "time stands still")
    now = end
  }

  private var nextTime: Instant? {
    var next = Instant.earlier(happenings.first?.time, coordinator.nextDeadline)
    for player in players.values { next = Instant.earlier(next, player.membership.nextDeadline) }
    return next
  }

  private func later(_ delay: ClosedRange<Int>, _ action: @escaping (GroupWorld) -> Void) {
    at(now + Int64(roll(delay)), action)
  }

  private func at(_ time: Instant, _ action: @escaping (GroupWorld) -> Void) {
    lastHappening += 1
    let place = happenings.firstIndex { $0.time > time } ?? happenings.endIndex
    happenings.insert(Happening(time: time, number: lastHappening, action: action), at: place)
  }

  // MARK: What members ask for

  private func tell(
    _ id: Int, _ event: (inout any GroupMembership, Instant) -> [MembershipEffect]
  ) {
    guard players[id] != nil else { return }
    let effects = event(&players[id]!.membership, now)
    for effect in effects { follow(effect, of: id) }
    check()
  }

  private func follow(_ effect: MembershipEffect, of id: Int) {
    switch effect {
    case .findCoordinator: find(id)
    case .send(let call): send(call, of: id)
    case .learnTopics, .learnIDs:
      later(1...200) { world in
        let view = ClusterView(of: world.topics.partitionCounts)
        world.tell(id) { $0.learned(view, at: $1) }
      }
    case .assign(let partitions):
      #expect(players[id]!.held.isDisjoint(with: partitions))
      players[id]?.held.formUnion(partitions)
      change(id)
    case .revoke(let partitions):
      #expect(players[id]!.held.isSuperset(of: partitions))
      players[id]?.revoking = Set(partitions)
      change(id)
    case .lose(let partitions):
      #expect(players[id]!.held == Set(partitions))
      players[id]?.held = []
      change(id)
    case .left:
      #expect(players[id]!.held.isEmpty)
      #expect(players[id]!.isLeaving)
      players[id] = nil
    case .fail(let failure): Issue.record("member \(id): \(failure)")
    }
  }

  private func change(_ id: Int) {
    changeCount += 1
    later(isOne(in: 4) ? 500...4_000 : 0...100) { world in
      guard let player = world.players[id] else { return }
      world.players[id]?.held.subtract(player.revoking)
      world.players[id]?.revoking = []
      world.tell(id) { $0.changed(at: $1) }
    }
  }

  private func find(_ id: Int) {
    let isFound = !isStormy || !isOne(in: 5) && !isCutOff(id)
    later(1...300) { world in
      world.tell(id) {
        isFound
          ? $0.coordinatorFound(0, at: $1)
          : $0.coordinatorNotFound(ClientFailure(.coordinatorNotAvailable), at: $1)
      }
    }
  }

  // MARK: The network

  private func send(_ call: MembershipCall, of id: Int) {
    guard let player = players[id] else { return }
    players[id]?.inFlight.insert(call.number)
    let arrival = max(player.lastRequest, now + Int64(roll(1...60)))
    players[id]?.lastRequest = arrival
    if player.isBroken { return }
    if isCutOff(id) || isStormy && isOne(in: 40) { return lose(id) }
    let connection = player.connection
    at(arrival) { world in
      guard world.players[id]?.connection == connection else { return }
      world.serve(call, of: id, connection)
    }
  }

  /// From now on nothing comes through; the member hears of it a while later.
  private func lose(_ id: Int) {
    lossCount += 1
    players[id]?.isBroken = true
    later(0...1_500) { $0.breakConnection(id) }
  }

  private func breakConnection(_ id: Int) {
    guard let lost = players[id]?.inFlight.sorted() else { return }
    players[id]?.inFlight = []
    players[id]?.isBroken = false
    players[id]?.connection += 1
    let failure = ClientFailure(.disconnected, "the connection broke")
    for number in lost { tell(id) { $0.answered(number, .failure(failure), at: $1) } }
  }

  private func answer(
    _ id: Int, _ connection: Int, _ number: UInt64, _ answer: MembershipAnswer
  ) {
    guard let player = players[id], player.connection == connection, !player.isBroken else {
      return
    }
    if isStormy, isOne(in: 40) { return lose(id) }
    let arrival = max(player.lastAnswer, now + Int64(roll(1...60)))
    players[id]?.lastAnswer = arrival
    at(arrival) { world in
      guard let player = world.players[id], player.connection == connection, !player.isBroken,
        player.inFlight.contains(number)
      else { return }
      world.players[id]?.inFlight.remove(number)
      world.tell(id) { $0.answered(number, .success(answer), at: $1) }
    }
  }

  // MARK: The broker

  private func turn<Answer>(
    _ event: (inout GroupCoordinator, inout Turn) -> Answer
  ) -> Answer {
    var turn = Turn(at: now, settings: settings, topics: topics)
    let result = event(&coordinator, &turn)
    for (token, reply) in turn.effects.joins {
      guard let to = tokens.removeValue(forKey: token) else { continue }
      answer(to.player, to.connection, to.call, .join(JoinGroupResponse(reply)))
    }
    for (token, reply) in turn.effects.syncs {
      guard let to = tokens.removeValue(forKey: token) else { continue }
      answer(to.player, to.connection, to.call, .sync(SyncGroupResponse(reply)))
    }
    return result
  }

  private func token(_ id: Int, _ connection: Int, _ call: UInt64) -> ReplyToken {
    lastToken += 1
    let token = ReplyToken(lastToken)
    tokens[token] = (id, connection, call)
    return token
  }

  private func serve(_ call: MembershipCall, of id: Int, _ connection: Int) {
    let client = ClientIdentity(clientID: "c\(id)", clientHost: "/10.0.0.\(id)")
    switch call.request {
    case .join(let request):
      let token = token(id, connection, call.number)
      let fresh = "\(token.value)"
      turn { $0.join(JoinRequest(request, client, freshID: fresh), token: token, &$1) }
    case .sync(let request):
      let token = token(id, connection, call.number)
      turn { $0.sync(SyncRequest(request), token: token, &$1) }
    case .heartbeat(let request):
      var response = HeartbeatResponse()
      response.errorCode = turn {
        $0.heartbeat(
          ClassicHeartbeat(
            groupID: "g", generation: request.generationID, memberID: request.memberID,
            instanceID: request.groupInstanceID), &$1)
      }
      answer(id, connection, call.number, .heartbeat(response))
    case .leave(let request):
      let members = request.members.map { LeavingMember(memberID: $0.memberID) }
      _ = turn { $0.leave(groupID: "g", members: members, &$1) }
      answer(id, connection, call.number, .leave(LeaveGroupResponse()))
    case .consumerHeartbeat(let request):
      let reply = turn { $0.heartbeat(ConsumerHeartbeat(request, client), &$1) }
      answer(
        id, connection, call.number, .consumerHeartbeat(ConsumerGroupHeartbeatResponse(reply)))
    }
  }

  // MARK: What must be true

  /// The broker has given up on a member that could not reach it, and the member cannot know: with KIP-848 it is
  /// not told how long its session is.
  private func isForgotten(_ player: Player) -> Bool {
    guard player.membership is ConsumerMembership else { return false }
    let known = coordinator.stored.first?.members.map(\.memberID) ?? []
    return !known.contains(player.membership.memberID)
  }

  private func check() {
    var owners: [ClientCore.TopicPartition: Int] = [:]
    for (id, player) in players.sorted(by: { $0.key < $1.key }) {
      let assigned = player.membership.assigned
      #expect(assigned == player.held || assigned.isEmpty)
      for partition in assigned {
        guard let other = owners.updateValue(id, forKey: partition) else { continue }
        if isForgotten(player) || players[other].map(isForgotten) ?? false { continue }
        Issue.record("\(partition) is \(other)'s and \(id)'s at \(now.milliseconds)")
      }
    }
  }

  /// What is to be so some time after everything has become calm.
  func checkCalm() {
    var given: [ClientCore.TopicPartition: Int] = [:]
    for (id, player) in players {
      #expect(player.membership.generation >= 0, "member \(id) is out")
      #expect(player.revoking.isEmpty)
      for partition in player.held {
        #expect(player.topics.contains(partition.topic))
        #expect(given.updateValue(id, forKey: partition) == nil)
      }
    }
    let subscribed = players.values.reduce(into: Set<String>()) { $0.formUnion($1.topics) }
    var expected: Set<ClientCore.TopicPartition> = []
    for (name, count) in topics.partitionCounts where subscribed.contains(name) {
      for number in 0..<count { expected.insert(.init(name, number)) }
    }
    #expect(Set(given.keys) == expected)
    if !players.isEmpty { #expect(coordinator.listing(of: "g")?.state == .stable) }
  }
}
