/// Which partitions a balancing has moved from whom to whom, so that of one topic none goes from a member to
/// another and another one back: then the two stay where they were.
struct PartitionMoves {
  private struct Pair: Hashable {
    let from: Int
    let to: Int
  }

  private let table: SubscriptionTable
  private let topicCodes: [UInt32]
  private var pairs: [Int: Pair] = [:]
  private var byTopic: [Int: [Pair: JavaHashSet]] = [:]

  init(_ table: SubscriptionTable) {
    self.table = table
    topicCodes = table.topics.map { JavaHash.code(of: $0) }
  }

  /// Which of the topic's partitions is moved in place of this one.
  func toMove(_ partition: Int, from: Int, to: Int) -> Int {
    let topic = table.topicOfPartition[partition]
    let origin = pairs[partition]?.from ?? from
    return byTopic[topic]?[Pair(from: to, to: origin)]?.first ?? partition
  }

  mutating func note(_ partition: Int, from: Int, to: Int) {
    guard let before = forget(partition) else {
      return remember(partition, Pair(from: from, to: to))
    }
    if before.from != to { remember(partition, Pair(from: before.from, to: to)) }
  }

  private mutating func forget(_ partition: Int) -> Pair? {
    guard let pair = pairs.removeValue(forKey: partition) else { return nil }
    let topic = table.topicOfPartition[partition]
    byTopic[topic]?[pair]?.remove(partition)
    if byTopic[topic]?[pair]?.isEmpty ?? false { byTopic[topic]?[pair] = nil }
    return pair
  }

  private mutating func remember(_ partition: Int, _ pair: Pair) {
    pairs[partition] = pair
    let topic = table.topicOfPartition[partition]
    let code = JavaHash.code(ofTopic: topicCodes[topic], partition: table.number(of: partition))
    byTopic[topic, default: [:]][pair, default: JavaHashSet()].insert(partition, code: code)
  }
}
