import ActaModel
import Coordination
import Testing

/// A group among clients that come, go, stop, lose answers and repeat themselves, others that lie,
/// topics that change, and a broker that restarts; checked after every step.
struct ConsumerWalk {
  var dice: Dice
  var t: Transcript
  var clients: [WalkClient] = []
  private var nextID = 0
  /// When the broker last heard of each member.
  private var heard: [String: Instant] = [:]
  private var formerEpoch: Int32 = 0
  private var formerEpochs: [String: Int32] = [:]

  init(seed: UInt64) {
    dice = Dice(seed: seed)
    t = Transcript(
      FakeTopics(["t": 4, "u": 2, "logs-a": 3]), interval: [0, 1_000][Int(seed % 2)])
    t.settings.consumerMaxSize = 12
  }

  mutating func step() {
    t.wait(Int64(dice.roll(0..<400)))
    switch dice.roll(0..<100) {
    case 0..<4: start()
    case 4..<6: stop()
    case 6: fallSilent()
    case 7: replaceStatic()
    case 8: resubscribe()
    case 9..<12: lie()
    case 12: changeTopics()
    case 13: restart()
    default: beatSomebody()
    }
    keepUp()
    check()
  }

  // MARK: What happens

  private mutating func start() {
    guard clients.count(where: { !$0.isDead }) < 8 else { return }
    let instance = dice.isOne(in: 3) ? "i\(dice.roll(0..<3))" : nil
    // A second client of one instance is a mistake that the walk makes by `lie` only.
    if instance != nil, clients.contains(where: { $0.instanceID == instance && !$0.isDead }) {
      return
    }
    nextID += 1
    var client = WalkClient(
      memberID: "m\(nextID)", instanceID: instance, topics: subscription(), at: t.now)
    if dice.isOne(in: 5) { client.regex = "logs-.*" }
    clients.append(client)
    beat(clients.count - 1)
  }

  private mutating func subscription() -> [String] {
    dice.isOne(in: 2) ? ["t", "u"] : dice.some(of: ["t", "u", "logs-a", "nowhere"])
  }

  private mutating func stop() {
    guard let index = anybody() else { return }
    clients[index].owned = [:]
    t.beat(clients[index].memberID, -1, instance: clients[index].instanceID)
    clients.remove(at: index)
  }

  private mutating func fallSilent() {
    guard let index = anybody() else { return }
    clients[index].isDead = true
  }

  private mutating func replaceStatic() {
    guard
      let index = clients.indices.first(where: {
        clients[$0].instanceID != nil && !clients[$0].isDead
      })
    else { return }
    if dice.isOne(in: 2) {
      t.beat(clients[index].memberID, -2, instance: clients[index].instanceID)
    }
    nextID += 1
    let new = WalkClient(
      memberID: dice.isOne(in: 4) ? clients[index].memberID : "m\(nextID)",
      instanceID: clients[index].instanceID, topics: clients[index].topics, at: t.now)
    clients[index] = new
    beat(index)
  }

  private mutating func resubscribe() {
    guard let index = anybody() else { return }
    clients[index].topics = subscription()
    clients[index].regex = dice.isOne(in: 3) ? "logs-.*" : nil
    clients[index].mustSaySubscription = true
    beat(index)
  }

  /// Requests that no honest client would send.
  private mutating func lie() {
    var request = ConsumerHeartbeat.joining("m\(dice.roll(0..<nextID + 2))")
    // Not under the name of a client that is honest: nobody can help those.
    if clients.contains(where: { $0.memberID == request.memberID && !$0.isDead }) {
      request.memberID += "x"
    }
    request.memberEpoch = Int32(dice.roll(-4..<Int(t.epoch) + 2))
    if dice.isOne(in: 2) { request.instanceID = "i\(dice.roll(0..<4))" }
    if dice.isOne(in: 2) { request.owned = [t.topics.id("u"): [0, 1, 5]] }
    if dice.isOne(in: 5) { request.subscribedRegex = "[" }
    if dice.isOne(in: 5) { request.rebalanceTimeoutMilliseconds = 100 }
    if t.send(request).error == .none { heard[request.memberID] = t.now }
  }

  private mutating func changeTopics() {
    switch dice.roll(0..<4) {
    case 0: t.topics.grow("t", to: Int32(dice.roll(1..<9)))
    case 1 where t.topics.names.contains("logs-b"): t.topics.delete("logs-b")
    case 1: t.topics.create("logs-b", 2)
    case 2:
      t.topics.delete("u")
      t.topics.create("u", Int32(dice.roll(1..<4)))
    default: t.topics.create("other\(t.topics.version)", 1)
    }
  }

  private mutating func restart() {
    guard t.tables.stored != nil else { return }
    let state = t.group.state
    t.restart()
    #expect(t.group.state == state)
    for id in heard.keys { heard[id] = t.now }
  }

  private mutating func beatSomebody() {
    if let index = anybody() { beat(index) }
  }

  private mutating func anybody() -> Int? {
    clients.indices.filter { !clients[$0].isDead }.randomElement(using: &dice)
  }

  mutating func beat(_ index: Int, isCalm: Bool = false) {
    if isCalm || dice.isOne(in: 2) { clients[index].settle() }
    let request = clients[index].request()
    var reply = t.send(request)
    heard[request.memberID] = t.now
    clients[index].lastBeat = t.now
    if !isCalm, dice.isOne(in: 20) { reply = t.send(request) }
    if !isCalm, dice.isOne(in: 20) {
      clients[index].mustSayAll = true
    } else if !clients[index].take(reply) {
      clients.remove(at: index)
    }
  }

  /// Nobody is late but the dead, and the broker ticks when it said it would.
  private mutating func keepUp() {
    for client in clients where !client.isDead && client.lastBeat + Int32(10_000) < t.now {
      if let index = clients.firstIndex(where: { $0.memberID == client.memberID }) {
        beat(index, isCalm: true)
      }
    }
    if let deadline = t.group.nextDeadline, deadline <= t.now { t.tick() }
  }

  // MARK: What must be true

  private mutating func check() {
    let stored = t.group.stored
    checkOwners(stored)
    checkEpochs(stored)
    for member in stored.members {
      let last = heard[member.memberID] ?? t.now
      #expect(t.now < last + Int32(45_000), "\(member.memberID) outlived its session")
    }
    checkClients()
  }

  private func checkOwners(_ stored: StoredGroup) {
    var owners: [TopicID: [Int32: String]] = [:]
    for member in stored.members {
      let part = member.consumer!
      for (topic, numbers) in part.assigned {
        for number in numbers.keys {
          let other = owners[topic, default: [:]].updateValue(member.memberID, forKey: number)
          #expect(other == nil, "\(number) of \(topic): \(other!) and \(member.memberID)")
        }
      }
      for (topic, numbers) in part.revoking {
        for number in numbers {
          let other = owners[topic, default: [:]].updateValue(member.memberID, forKey: number)
          #expect(other == nil, "\(number) of \(topic): \(other!) and \(member.memberID)")
        }
      }
      #expect((part.state == .unrevokedPartitions) == !part.revoking.isEmpty)
    }
  }

  private mutating func checkEpochs(_ stored: StoredGroup) {
    #expect(stored.group.generation >= formerEpoch)
    #expect(stored.group.assignmentEpoch <= stored.group.generation)
    formerEpoch = stored.group.generation
    var epochs: [String: Int32] = [:]
    for member in stored.members {
      let epoch = member.consumer!.epoch
      #expect(epoch <= stored.group.assignmentEpoch)
      #expect(epoch != 0)
      if epoch > 0 {
        #expect(epoch >= formerEpochs[member.memberID] ?? 0)
        epochs[member.memberID] = epoch
      } else {
        epochs[member.memberID] = formerEpochs[member.memberID]
      }
    }
    formerEpochs = epochs
  }

  /// What the whole protocol is for: no two clients that keep to it consume the same partition.
  private func checkClients() {
    var owners: [TopicID: [Int32: String]] = [:]
    for client in clients where !client.isDead {
      for (topic, numbers) in client.owned {
        for number in numbers {
          let other = owners[topic, default: [:]].updateValue(client.memberID, forKey: number)
          #expect(other == nil, "\(other!) and \(client.memberID) consume \(number) of \(topic)")
        }
      }
    }
  }

  // MARK: Calm

  /// Nothing happens any more but heartbeats: the dead are found out, and everybody comes to have
  /// what it is to have.
  mutating func calm() {
    clients.removeAll { $0.isDead }
    for _ in 0..<30 {
      t.wait(5_000)
      if let deadline = t.group.nextDeadline, deadline <= t.now { t.tick() }
      for client in clients {
        if let index = clients.firstIndex(where: { $0.memberID == client.memberID }) {
          beat(index, isCalm: true)
        }
      }
      check()
    }
    #expect(t.group.memberCount == clients.count)
    #expect(t.group.state == (clients.isEmpty ? .empty : .stable))
    var given = 0
    for client in clients {
      #expect(client.owned == t.member(client.memberID)!.target)
      given += client.owned.values.reduce(0) { $0 + $1.count }
    }
    let expected = t.group.subscribedTopics.compactMap { t.topics.topic(named: $0) }
      .reduce(0) { $0 + Int($1.partitionCount) }
    #expect(given == expected)
  }
}
