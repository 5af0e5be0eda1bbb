import ActaModel
import Testing

@testable import Coordination

/// One group, clients of both protocols: the group goes to and fro between the types as clients
/// come and go, and the broker restarts. Checked after every step.
final class MixedWalk {
  let stage: GroupStage
  private var dice: Dice
  private let isCooperative: Bool
  private var classic: [MixedClient] = []
  private var consumers: [WalkClient] = []
  private var nextName = 0
  private var formerGeneration: Int32 = 0
  private(set) var conversions = 0

  init(seed: UInt64) {
    dice = Dice(seed: seed)
    isCooperative = seed % 2 == 0
    stage = GroupStage {
      $0.initialRebalanceDelay = 0
      $0.consumerAssignmentInterval = seed % 3 == 0 ? 1_000 : 0
    }
    stage.topics.partitionCounts = ["t": 6]
  }

  func step() {
    stage.pass(Int64(dice.roll(0..<400)))
    switch dice.roll(0..<200) {
    case 0..<4: start()
    case 4..<6: stop()
    case 6: crash()
    case 7: restart()
    case 8 where dice.isOne(in: 10): grow()
    default: actSomebody()
    }
    keepUp()
    check()
  }

  // MARK: What happens

  private func start() {
    guard classic.count + consumers.count < 6 else { return }
    nextName += 1
    // One protocol prevails for a while, so that groups get all the way over.
    if dice.roll(0..<4) < (nextName / 8 % 2 == 0 ? 1 : 3) {
      consumers.append(
        WalkClient(memberID: "m\(nextName)", instanceID: nil, topics: ["t"], at: stage.now))
    } else {
      classic.append(
        MixedClient(name: "c\(nextName)", isCooperative: isCooperative, lastBeat: stage.now))
    }
  }

  private func stop() {
    if dice.isOne(in: 2), let index = classic.indices.randomElement(using: &dice) {
      let client = classic.remove(at: index)
      if !client.id.isEmpty { stage.leave(.id(client.id)) }
    } else if let index = consumers.indices.randomElement(using: &dice) {
      let client = consumers.remove(at: index)
      _ = stage.beat(client.memberID, -1)
    }
  }

  /// Without a word; another process with another protocol may follow.
  private func crash() {
    if dice.isOne(in: 2), let index = classic.indices.randomElement(using: &dice) {
      classic.remove(at: index)
    } else if let index = consumers.indices.randomElement(using: &dice) {
      consumers.remove(at: index)
    }
  }

  private func restart() {
    stage.restart()
    for index in classic.indices {
      if classic[index].join != nil || classic[index].sync != nil { classic[index].mustJoin = true }
      classic[index].join = nil
      classic[index].sync = nil
    }
  }

  private func grow() {
    stage.topics.partitionCounts["t"]! += 1
    stage.topics.version += 1
  }

  private func actSomebody() {
    let index = dice.roll(0..<max(1, classic.count + consumers.count))
    if index < classic.count {
      act(index)
    } else if index - classic.count < consumers.count {
      beat(index - classic.count)
    }
  }

  /// Nobody is late but those who crashed.
  private func keepUp() {
    for index in classic.indices where classic[index].lastBeat + Int32(5_000) < stage.now {
      act(index)
    }
    for index in consumers.indices where consumers[index].lastBeat + Int32(8_000) < stage.now {
      beat(index, isCalm: true)
    }
  }

  private func beat(_ index: Int, isCalm: Bool = false) {
    if isCalm || dice.isOne(in: 2) { consumers[index].settle() }
    consumers[index].lastBeat = stage.now
    let reply = stage.consumerHeartbeat(consumers[index].request())
    if !isCalm, dice.isOne(in: 30) {
      consumers[index].mustSayAll = true
    } else {
      let isGoingOn = consumers[index].take(reply)
      #expect(isGoingOn, "answered \(reply)")
    }
  }

  private func act(_ index: Int, isCalm: Bool = false) {
    classic[index].lastBeat = stage.now
    if let call = classic[index].join {
      if let reply = call.reply { takeJoin(reply, index, isCalm: isCalm) }
    } else if let call = classic[index].sync {
      if let reply = call.reply { takeSync(reply, index, isCalm: isCalm) }
    } else if classic[index].mustJoin {
      join(index)
    } else {
      classic[index].heed(stage.heartbeat(classic[index].id, classic[index].generation))
    }
  }

  private func join(_ index: Int) {
    classic[index].willJoin()
    let client = classic[index]
    classic[index].join = stage.join(
      client.name, id: client.id, rebalance: 60_000, protocols: client.protocols)
  }

  private func takeJoin(_ reply: JoinReply, _ index: Int, isCalm: Bool) {
    classic[index].join = nil
    if !isCalm, dice.isOne(in: 30) {
      classic[index].mustJoin = true
      return
    }
    if reply.error == .memberIDRequired {
      classic[index].id = reply.memberID
      return join(index)
    }
    guard reply.error == .none else { return classic[index].heed(reply.error) }
    classic[index].generation = reply.generation
    var giving: [(String, [UInt8])] = []
    if reply.leaderID == reply.memberID {
      giving = MixedClient.share(reply.members, stage.topics.partitionCounts["t"]!)
    } else {
      #expect(reply.members.isEmpty)
    }
    classic[index].sync = stage.sync(
      reply.memberID, reply.generation, type: "consumer", protocol: reply.protocolName,
      giving: giving)
  }

  private func takeSync(_ reply: SyncReply, _ index: Int, isCalm: Bool) {
    classic[index].sync = nil
    if !isCalm, dice.isOne(in: 30) {
      classic[index].mustJoin = true
    } else if reply.error == .none {
      classic[index].take(reply.assignment)
    } else {
      classic[index].heed(reply.error)
    }
  }

  // MARK: What must be true

  private func check() {
    checkClients()
    guard let stored = stage.tables["g"] else { return }
    #expect(stored.group.generation >= formerGeneration)
    formerGeneration = stored.group.generation
    if stored.group.type == .consumer { checkOwners(stored) }
    if stage.drainEvents().contains(where: { $0.kind == .converted }) { conversions += 1 }
  }

  private func checkOwners(_ stored: StoredGroup) {
    var owners: [Int32: String] = [:]
    for member in stored.members {
      let part = member.consumer!
      let numbers =
        part.assigned.values.flatMap { Array($0.keys) } + part.revoking.values.flatMap { Array($0) }
      for number in numbers {
        let other = owners.updateValue(member.memberID, forKey: number)
        #expect(other == nil, "\(number): \(other!) and \(member.memberID)")
      }
      #expect(part.epoch <= stored.group.generation)
    }
  }

  /// No two clients consume the same partition, whatever they speak.
  private func checkClients() {
    var owners: [Int32: String] = [:]
    let all =
      classic.map { ($0.name, Array($0.owned)) }
      + consumers.map { ($0.memberID, $0.owned.values.flatMap { Array($0) }) }
    for (name, numbers) in all {
      for number in numbers {
        let other = owners.updateValue(name, forKey: number)
        #expect(other == nil, "\(other!) and \(name) consume \(number)")
      }
    }
  }

  // MARK: Calm

  /// Everybody comes to have a share, and all of the topic is shared out.
  func calm() {
    for _ in 0..<40 {
      stage.pass(4_000)
      for _ in 0..<3 {
        for index in classic.indices { act(index, isCalm: true) }
      }
      for index in consumers.indices { beat(index, isCalm: true) }
      check()
    }
    let count = classic.count + consumers.count
    #expect(stage.tables["g"]?.members.count ?? 0 == count)
    if count == 0 { return }
    #expect(stage.state() == .stable)
    #expect(stage.tables["g"]?.group.type == (consumers.isEmpty ? .classic : .consumer))
    let given =
      classic.reduce(0) { $0 + $1.owned.count }
      + consumers.reduce(0) { $0 + $1.owned.values.reduce(0) { $0 + $1.count } }
    #expect(given == Int(stage.topics.partitionCounts["t"]!))
  }
}
