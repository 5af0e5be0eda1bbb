/// The sticky assignors' way where members have subscribed to different topics.
///
/// What members have and may have they keep; what is left goes to whoever has the fewest. Then partitions are
/// moved from members with more to such with fewer, topics with the fewest subscribers first, as long as a move
/// makes it more balanced; and if all the moves together do not, none is made.
struct BalancedSharing {
  private let table: SubscriptionTable
  private let former: [Int: (member: Int, generation: Int32)]
  /// By topic.
  private let subscriberCounts: [Int]
  /// By member: how many partitions it could have at most.
  private let reach: [Int]
  private var assignment: [[Int]]
  /// By partition; -1 for none.
  private var owner: [Int]
  /// Members whose share may change, those with the fewest partitions first.
  private var order: [Int] = []
  private var isInOrder: [Bool]
  private var moves: PartitionMoves

  init(_ table: SubscriptionTable, _ claims: StickyClaims) {
    self.table = table
    former = claims.former
    moves = PartitionMoves(table)
    subscriberCounts = table.topics.indices.map { topic in
      table.subscribed.count { $0.contains(topic) }
    }
    reach = table.subscribed.map { $0.reduce(0) { $0 + table.partitionCounts[$1] } }
    assignment = claims.owned
    owner = [Int](repeating: -1, count: table.partitionCount)
    isInOrder = [Bool](repeating: false, count: table.members.count)
  }

  mutating func assign() -> [[Int]] {
    let mustRelease = keepWhatIsSubscribed()
    for member in table.members.indices { enter(member) }
    let isFresh = order.last.map { assignment[$0].isEmpty } ?? true
    let partitions = orderedPartitions()
    let unassigned = partitions.filter { owner[$0] < 0 }
    for partition in unassigned { give(partition) }
    balance(
      partitions, new: mustRelease ? [] : unassigned, isFresh: isFresh)
    return assignment
  }

  // MARK: Giving

  /// - Returns: Whether a member has what it has not subscribed to any more.
  private mutating func keepWhatIsSubscribed() -> Bool {
    var mustRelease = false
    for member in assignment.indices {
      let kept = assignment[member].filter { mayHave(member, $0) }
      if kept.count < assignment[member].count { mustRelease = true }
      assignment[member] = kept
      for partition in kept { owner[partition] = member }
    }
    return mustRelease
  }

  private func mayHave(_ member: Int, _ partition: Int) -> Bool {
    table.subscribed[member].contains(table.topicOfPartition[partition])
  }

  /// Topics with the fewest subscribers first.
  private func orderedPartitions() -> [Int] {
    table.topics.indices.sorted { one, other in
      (subscriberCounts[one], one) < (subscriberCounts[other], other)
    }.flatMap { table.partitions(of: $0) }
  }

  private mutating func give(_ partition: Int) {
    guard let member = order.first(where: { mayHave($0, partition) }) else { return }
    leave(member)
    assignment[member].append(partition)
    owner[partition] = member
    enter(member)
  }

  // MARK: Balancing

  private mutating func balance(_ partitions: [Int], new: [Int], isFresh: Bool) {
    for member in table.members.indices where !canTakePart(member) { leave(member) }
    let before = assignment
    let scoreBefore = score
    let movable = partitions.filter { subscriberCounts[table.topicOfPartition[$0]] >= 2 }
    let movableNew = new.filter { subscriberCounts[table.topicOfPartition[$0]] >= 2 }
    // What is new moves first: it is nobody's loss.
    _ = moveWhileItHelps(movableNew)
    let hasMoved = moveWhileItHelps(movable)
    if !isFresh, hasMoved, score >= scoreBefore { assignment = before }
  }

  /// Whether a member's share can be another.
  private func canTakePart(_ member: Int) -> Bool {
    assignment[member].count < reach[member]
      || assignment[member].contains { subscriberCounts[table.topicOfPartition[$0]] >= 2 }
  }

  /// How far members that take part are apart, each from each.
  private var score: Int {
    let counts = order.map { assignment[$0].count }
    var score = 0
    for (place, count) in counts.enumerated() {
      for other in counts[(place + 1)...] { score += abs(count - other) }
    }
    return score
  }

  /// - Returns: Whether anything was moved.
  private mutating func moveWhileItHelps(_ partitions: [Int]) -> Bool {
    var hasMoved = false
    var isModified = true
    while isModified {
      isModified = false
      for partition in partitions {
        if isBalanced { break }
        if moveIfItHelps(partition) { isModified = true }
      }
      hasMoved = hasMoved || isModified
    }
    return hasMoved
  }

  private mutating func moveIfItHelps(_ partition: Int) -> Bool {
    let count = assignment[owner[partition]].count
    if let former = former[partition]?.member, isInOrder[former], mayHave(former, partition),
      count > assignment[former].count + 1
    {
      move(partition, to: former)
      return true
    }
    // The first that may have it is the one with the fewest.
    guard let member = order.first(where: { mayHave($0, partition) }),
      count > assignment[member].count + 1
    else { return false }
    move(partition, to: member)
    return true
  }

  /// Moves it, or another of the topic that has moved the other way before.
  private mutating func move(_ partition: Int, to member: Int) {
    let partition = moves.toMove(partition, from: owner[partition], to: member)
    let giver = owner[partition]
    leave(giver)
    leave(member)
    moves.note(partition, from: giver, to: member)
    if let place = assignment[giver].firstIndex(of: partition) {
      assignment[giver].remove(at: place)
    }
    assignment[member].append(partition)
    owner[partition] = member
    enter(member)
    enter(giver)
  }

  /// Whether no member can get any that one has with two more than it.
  private var isBalanced: Bool {
    guard let first = order.first, let last = order.last else { return true }
    if assignment[first].count >= assignment[last].count - 1 { return true }
    var mostByTopic = [Int](repeating: 0, count: table.topics.count)
    for member in order {
      for partition in assignment[member] {
        let topic = table.topicOfPartition[partition]
        mostByTopic[topic] = max(mostByTopic[topic], assignment[member].count)
      }
    }
    return order.allSatisfy { member in
      assignment[member].count == reach[member]
        || table.subscribed[member].allSatisfy {
          assignment[member].count + 1 >= mostByTopic[$0]
        }
    }
  }

  // MARK: The order of members

  private mutating func enter(_ member: Int) {
    guard !isInOrder[member] else { return }
    order.insert(member, at: place(of: member))
    isInOrder[member] = true
  }

  private mutating func leave(_ member: Int) {
    guard isInOrder[member] else { return }
    order.remove(at: place(of: member))
    isInOrder[member] = false
  }

  /// Where a member is, or belongs, by halving.
  private func place(of member: Int) -> Int {
    let key = (assignment[member].count, table.rank[member])
    var low = 0
    var high = order.count
    while low < high {
      let middle = (low + high) / 2
      if (assignment[order[middle]].count, table.rank[order[middle]]) < key {
        low = middle + 1
      } else {
        high = middle
      }
    }
    return low
  }
}
