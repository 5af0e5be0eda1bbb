import Coordination
import Testing

@testable import ClientCore

@Suite("Members among each other") struct GroupWalkTests {
  enum Kind: CaseIterable {
    case range, roundRobin, sticky, cooperativeSticky, consumer

    func make(_ settings: MembershipSettings, number: Int, seed: UInt64) -> any GroupMembership {
      var settings = settings
      switch self {
      case .range: settings.partitionAssignmentStrategy = [.range]
      case .roundRobin: settings.partitionAssignmentStrategy = [.roundRobin, .range]
      case .sticky: settings.partitionAssignmentStrategy = [.sticky]
      case .cooperativeSticky: settings.partitionAssignmentStrategy = [.cooperativeSticky]
      case .consumer:
        return ConsumerMembership(settings, memberID: "m\(number)", seed: seed)
      }
      return ClassicMembership(settings, seed: seed)
    }
  }

  @Test(
    "no partition has two owners, and in the end each has one, whatever is lost",
    arguments: Kind.allCases, 0..<8)
  func walk(kind: Kind, seed: Int) {
    let world = GroupWorld(seed: UInt64(seed) &* 7_919 &+ 1, topics: ["t": 6, "u": 3, "v": 1])
    var walk = GroupWalk(world: world, kind: kind)
    for _ in 0..<150 { walk.step() }
    walk.calm()
    #expect(world.changeCount > 10)
    #expect(world.lossCount > 0)
  }
}

struct GroupWalk {
  let world: GroupWorld
  let kind: GroupWalkTests.Kind

  mutating func step() {
    world.pass(Int64(world.roll(0...3_000)))
    switch world.roll(1...20) {
    case 1...3: start()
    case 4: if let id = anybody { world.leave(id) }
    case 5: if let id = anybody { world.kill(id) }
    case 6: resubscribe()
    case 7: grow()
    case 8 where world.isOne(in: 3): world.restartBroker()
    case 9: if let id = anybody { world.cutOff(id, forMilliseconds: world.roll(1_000...25_000)) }
    case 10...11: if let id = anybody { world.poll(id, isBeginning: false) }
    default: if let id = anybody { world.poll(id, isBeginning: true) }
    }
  }

  private var anybody: Int? {
    world.players.filter { !$0.value.isLeaving }.keys.sorted().randomElement(using: &world.random)
  }

  private func topics() -> Set<String> {
    if world.isOne(in: 2) { return ["t", "u"] }
    let some = ["t", "u", "v"].filter { _ in world.isOne(in: 2) }
    return some.isEmpty ? ["t"] : Set(some)
  }

  private func start() {
    guard world.players.count < 6 else { return }
    let instanceID = world.isOne(in: 4) ? "i\(world.roll(1...3))" : nil
    // Two programs with one instance id are a mistake.
    if let instanceID, world.players.values.contains(where: { $0.instanceID == instanceID }) {
      return
    }
    let kind = kind
    // A classic group does not rebalance when a static member comes back, whatever it wants then.
    world.start(instanceID == nil ? topics() : ["t", "u"], instanceID: instanceID) {
      kind.make($0, number: $1, seed: $2)
    }
  }

  private func resubscribe() {
    guard let id = anybody, world.players[id]?.instanceID == nil else { return }
    world.subscribe(id, to: topics())
  }

  private func grow() {
    let name = ["t", "u", "v"][world.roll(0...2)]
    let count = world.topics.partitionCounts[name, default: 0]
    if count < 12 { world.setPartitions(name, count + Int32(world.roll(1...2))) }
  }

  /// Nothing is lost any more, and all programs come for records.
  mutating func calm() {
    world.isStormy = false
    if world.players.isEmpty { start() }
    for id in world.players.keys.sorted() { world.poll(id, isBeginning: true) }
    world.pass(90_000)
    world.checkCalm()
  }
}
