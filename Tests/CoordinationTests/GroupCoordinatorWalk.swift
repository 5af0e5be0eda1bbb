import ActaModel
import Testing

@testable import Coordination

/// Clients of several groups that do anything at any time: join (some as each other's static twins),
/// share out, heartbeat, commit, leave, crash, lose replies and ask again; time passes, the broker
/// restarts and its storage rolls back. The stage checks rows and answers after each event; the walk
/// checks what clients may rely on.
final class GroupCoordinatorWalk {
  let stage: GroupStage
  private var random: SplitMix
  private var clients: [Client]
  /// The highest generation that a group was seen with, while it is there.
  private var generations: [String: Int32] = [:]
  /// By group and generation, who was told to share out.
  private var leaders: [Round: Set<String>] = [:]
  /// By group, generation and partition, who was given it.
  private var owners: [Round: [TopicPartition: String]] = [:]
  /// How often a member was given its part.
  private(set) var partsGiven = 0

  struct Round: Hashable {
    let group: String
    let generation: Int32
  }

  private static let groups = ["g0", "g1", "g2"]
  private static let partitions = (0..<8).map { TopicPartition(topic: "t", number: $0) }

  struct Client {
    let name: String
    let group: String
    let instance: String?
    var id = ""
    var generation: Int32 = -1
    var isMember = false
    var join: GroupStage.Call<JoinReply>?
    var sync: GroupStage.Call<SyncReply>?
    var rack: String?
    /// The id it has come to life with does not count: a new process knows nothing.
    mutating func crash() {
      self = Client(name: name, group: group, instance: instance)
    }
  }

  init(seed: UInt64) {
    random = SplitMix(seed: seed)
    stage = GroupStage {
      $0.initialRebalanceDelay = seed % 2 == 0 ? 3_000 : 0
      $0.maxSize = 5
    }
    clients = []
    for group in Self.groups {
      for number in 0..<4 {
        clients.append(Client(name: "c\(number)", group: group, instance: nil))
      }
      // Two of the three have the same instance id.
      for (number, instance) in ["i", "i", "j"].enumerated() {
        clients.append(Client(name: "s\(number)", group: group, instance: instance))
      }
    }
  }

  func step() {
    switch random.below(400) {
    case 0..<80: stage.pass(Int64(random.below(3_000)))
    case 80: stage.pass(Int64(random.below(90_000)))
    case 81: restart()
    case 82: stage.reload(keepingEqual: random.below(10) > 0)
    case 83: administrate()
    default: act(random.below(clients.count))
    }
    check()
  }

  /// Everybody is gone, and every timeout comes.
  func drain() {
    stage.pass(3 * 3_600_000)
    #expect(stage.waitingCount == 0, "requests that were never answered")
    #expect(stage.tables.stored.allSatisfy { $0.members.isEmpty && $0.group.state == .empty })
    #expect(stage.coordinator.nextDeadline == nil)
  }

  // MARK: What happens

  private func restart() {
    stage.restart()
    for index in clients.indices {
      clients[index].join = nil
      clients[index].sync = nil
    }
  }

  private func administrate() {
    let group = Self.groups[random.below(Self.groups.count)]
    switch random.below(4) {
    case 0: _ = stage.delete(group)
    case 1: stage.removeIfUnused(group)
    case 2: stage.leave(.instance("i"), group: group)
    default: _ = stage.commit(group: group)
    }
  }

  private func act(_ index: Int) {
    if random.below(150) == 0 { return clients[index].crash() }
    // The younger of two twins comes seldom, or they would do nothing but fence each other.
    if clients[index].name == "s1" && random.below(20) > 0 { return }
    if clients[index].join != nil { return heedJoin(index) }
    if clients[index].sync != nil { return heedSync(index) }
    guard clients[index].isMember else { return join(index) }
    let client = clients[index]
    switch random.below(40) {
    case 0:
      stage.leave(.id(client.id, instance: client.instance), group: client.group)
      clients[index].crash()
    case 1: join(index)
    case 2:
      clients[index].rack = "r\(random.below(3))"
      join(index)
    case 3: _ = stage.commit(client.id, client.generation, group: client.group)
    case 4: sync(index, giving: [])
    default:
      heed(
        stage.heartbeat(
          client.id, client.generation, instance: client.instance, group: client.group), index)
    }
  }

  private func join(_ index: Int) {
    let client = clients[index]
    let subscription = ConsumerSubscription(topics: ["t"], rackID: client.rack).bytes
    let names = random.below(3) == 0 ? ["range", "sticky"] : ["sticky", "range"]
    let session: Int32 = 10_000 + Int32(random.below(3)) * 20_000
    clients[index].isMember = false
    clients[index].join = stage.join(
      client.name, id: client.id, instance: client.instance, group: client.group, session: session,
      rebalance: 20_000 + Int32(random.below(3)) * 30_000,
      protocols: names.map { .of($0, subscription) }, version: [3, 8, 9][random.below(3)])
    heedJoin(index)
  }

  private func sync(_ index: Int, giving: [(String, [UInt8])]) {
    let client = clients[index]
    clients[index].sync = stage.sync(
      client.id, client.generation, instance: client.instance, group: client.group, giving: giving)
    heedSync(index)
  }

  // MARK: What clients make of it

  private func heedJoin(_ index: Int) {
    guard let reply = clients[index].join?.reply else {
      // It has waited for long enough, or lost its connection.
      if random.below(60) == 0 { join(index) }
      return
    }
    clients[index].join = nil
    if reply.error == .memberIDRequired {
      clients[index].id = reply.memberID
      if random.below(10) > 0 { join(index) }
      return
    }
    guard reply.error == .none else { return heed(reply.error, index) }
    // The reply is lost.
    if random.below(50) == 0 { return clients[index].crash() }
    clients[index].id = reply.memberID
    clients[index].generation = reply.generation
    clients[index].isMember = true
    lead(index, reply)
  }

  private func lead(_ index: Int, _ reply: JoinReply) {
    let round = Round(group: clients[index].group, generation: reply.generation)
    var giving: [(String, [UInt8])] = []
    if !reply.members.isEmpty && !reply.skipsAssignment {
      #expect(reply.leaderID == reply.memberID)
      leaders[round, default: []].insert(reply.memberID)
      #expect(leaders[round]?.count == 1, "two leaders of \(round)")
      for (number, member) in reply.members.enumerated() {
        let share = Self.partitions.filter { Int($0.number) % reply.members.count == number }
        giving.append((member.memberID, ConsumerAssignment(partitions: share).bytes))
      }
    }
    if random.below(20) > 0 { sync(index, giving: giving) }
  }

  private func heedSync(_ index: Int) {
    guard let reply = clients[index].sync?.reply else {
      if random.below(30) == 0 { sync(index, giving: []) }
      return
    }
    clients[index].sync = nil
    guard reply.error == .none else { return heed(reply.error, index) }
    partsGiven += 1
    let client = clients[index]
    let round = Round(group: client.group, generation: client.generation)
    for partition in ConsumerAssignment(reading: reply.assignment)?.partitions ?? [] {
      let owner = owners[round, default: [:]][partition] ?? client.instance ?? client.id
      #expect(owner == client.instance ?? client.id, "two owners of \(partition) in \(round)")
      owners[round, default: [:]][partition] = owner
    }
  }

  private func heed(_ error: ErrorCode, _ index: Int) {
    switch error {
    case .none: break
    case .rebalanceInProgress: join(index)
    case .illegalGeneration, .unknownMemberID:
      clients[index].isMember = false
      clients[index].id = ""
    case .coordinatorNotAvailable: clients[index].isMember = false
    case .fencedInstanceID, .groupMaxSizeReached: clients[index].crash()
    default: Issue.record("\(clients[index]) is answered \(error)")
    }
  }

  // MARK: What must be true

  private func check() {
    for name in Self.groups {
      guard let group = stage.tables[name] else {
        // The next group of this name counts from the beginning, so that what was answered by this
        // one, and has not been read yet, must not be taken for an answer of that.
        for index in clients.indices where clients[index].group == name { clients[index].crash() }
        generations[name] = nil
        leaders = leaders.filter { $0.key.group != name }
        owners = owners.filter { $0.key.group != name }
        continue
      }
      let generation = group.group.generation
      #expect(generation >= generations[name] ?? 0, "the generation of \(name) falls")
      generations[name] = generation
      if group.group.state == .empty { #expect(group.members.isEmpty) }
      guard group.group.state == .stable else { continue }
      #expect(group.members.contains { $0.memberID == group.group.leaderID })
      let given = group.members.flatMap(\.partitions)
      #expect(Set(given).count == given.count, "two owners in \(name)")
    }
    if let next = stage.coordinator.nextDeadline { #expect(next > stage.now) }
  }
}
