import Coordination

/// Gives each subscriber of a topic a contiguous share of it; those that come first have one more where it does
/// not come out even. Topics with the same number of partitions and the same subscribers are shared out alike,
/// which is what joins of such topics need.
///
/// Where members say in which rack they are, and not all partitions are in the same racks, each is first given what
/// it can read from a replica near it (KIP-881); shares are as large as they would be otherwise.
enum RangeSharing {
  static func assign(_ table: SubscriptionTable) -> [[Int]] {
    var assignment = [[Int]](repeating: [], count: table.members.count)
    let order = table.staticFirst
    var shares = table.listedTopics.map { topic in
      RangeShares(of: topic, among: order.filter { table.subscribed[$0].contains(topic) }, table)
    }
    let looksAtRacks = shares.contains { $0.dependsOnRacks }
    if looksAtRacks { matchRacks(&shares, &assignment) }
    for place in shares.indices { shares[place].fill(&assignment) { _, _ in true } }
    if looksAtRacks {
      for member in assignment.indices { assignment[member].sort() }
    }
    return assignment
  }

  private struct Alike: Hashable {
    let subscribers: [Int]
    let partitionCount: Int
  }

  private static func matchRacks(_ shares: inout [RangeShares], _ assignment: inout [[Int]]) {
    let groups = Dictionary(grouping: shares.indices) { place in
      Alike(
        subscribers: shares[place].subscribers, partitionCount: shares[place].partitions.count)
    }
    for (alike, places) in groups {
      if places.count > 1 {
        matchTogether(alike, places, &shares, &assignment)
      } else if shares[places[0]].dependsOnRacks {
        let racks = shares[places[0]]
        shares[places[0]].fill(&assignment) { racks.isNear($0, $1) }
      }
    }
  }

  /// Topics that are shared out alike: who gets a partition of one gets that of the others, and must be near to all.
  private static func matchTogether(
    _ alike: Alike, _ places: [Int], _ shares: inout [RangeShares], _ assignment: inout [[Int]]
  ) {
    for number in 0..<alike.partitionCount {
      let near = alike.subscribers.first { member in
        places.allSatisfy { place in
          let topic = shares[place]
          return topic.most(for: member) > 0
            && topic.isNear(member, topic.partitions.lowerBound + number)
        }
      }
      guard let near else { continue }
      for place in places {
        shares[place].give(near, [shares[place].partitions.lowerBound + number], &assignment)
      }
    }
  }
}

/// How far a topic has been shared out.
private struct RangeShares {
  let partitions: Range<Int>
  /// In the order in which they are served.
  let subscribers: [Int]
  /// By partition of the topic.
  private let racks: [Set<String>]
  /// By member; empty where it does not say.
  private let rackOfMember: [String]
  private var isGiven: [Bool]
  private var counts: [Int: Int] = [:]
  private let least: Int
  /// How many subscribers may still have one more than the others.
  private var extra: Int

  init(of topic: Int, among subscribers: [Int], _ table: SubscriptionTable) {
    partitions = table.partitions(of: topic)
    self.subscribers = subscribers
    racks = table.racks[topic]
    rackOfMember = table.members.map { $0.subscription.rackID ?? "" }
    isGiven = [Bool](repeating: false, count: partitions.count)
    (least, extra) = partitions.count.quotientAndRemainder(dividingBy: subscribers.count)
  }

  /// Whether it makes a difference who gets what: some are near to some partitions and not to all.
  var dependsOnRacks: Bool {
    let ofMembers = Set(subscribers.map { rackOfMember[$0] }.filter { !$0.isEmpty })
    let ofPartitions = racks.reduce(into: Set()) { $0.formUnion($1) }
    return !ofMembers.isDisjoint(with: ofPartitions) && !racks.allSatisfy { $0 == ofPartitions }
  }

  /// Who does not say where it is is near to everything.
  func isNear(_ member: Int, _ partition: Int) -> Bool {
    let rack = rackOfMember[member]
    return rack.isEmpty || racks[partition - partitions.lowerBound].contains(rack)
  }

  func most(for member: Int) -> Int {
    max(0, least + (extra > 0 ? 1 : 0) - counts[member, default: 0])
  }

  mutating func give(_ member: Int, _ given: [Int], _ assignment: inout [[Int]]) {
    assignment[member] += given
    let count = counts[member, default: 0] + given.count
    counts[member] = count
    if count > least { extra -= 1 }
    for partition in given { isGiven[partition - partitions.lowerBound] = true }
  }

  /// Gives each subscriber in turn the first partitions that it may have, up to its share.
  mutating func fill(
    _ assignment: inout [[Int]], _ mayHave: (_ member: Int, _ partition: Int) -> Bool
  ) {
    for member in subscribers {
      var given: [Int] = []
      for partition in partitions where given.count < most(for: member) {
        if !isGiven[partition - partitions.lowerBound], mayHave(member, partition) {
          given.append(partition)
        }
      }
      if !given.isEmpty { give(member, given, &assignment) }
    }
  }
}
