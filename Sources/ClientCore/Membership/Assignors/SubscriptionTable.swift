import ActaModel
import Coordination

/// A group for the assignors, with numbers in place of names: members are numbered as the coordinator lists
/// them, topics by name, and partitions through all topics.
struct SubscriptionTable {
  let members: [SubscribedGroup.Member]
  /// Those that are there, by name.
  let topics: [String]
  let partitionCounts: [Int]
  /// By topic, of each partition: the racks of the brokers that have it; empty where that is not told.
  let racks: [[Set<String>]]
  /// Where each topic's partitions begin.
  let firstPartitions: [Int]
  let partitionCount: Int
  /// By partition.
  let topicOfPartition: [Int]
  /// By member: the topics that are there.
  let subscribed: [Set<Int>]
  /// Members as Java lists them.
  let listed: [Int]
  /// By member: its place by id.
  let rank: [Int]
  private let topicNumbers: [String: Int]

  init(_ group: SubscribedGroup) {
    let members = group.members
    self.members = members
    let names = Set(members.lazy.flatMap(\.subscription.topics))
      .filter { group.partitionCounts[$0, default: 0] > 0 }
      .sorted { $0.javaPrecedes($1) }
    topics = names
    partitionCounts = names.map { Int(group.partitionCounts[$0, default: 0]) }
    racks = names.map { name in
      let known = group.partitionRacks[name] ?? []
      return (0..<Int(group.partitionCounts[name, default: 0])).map { number in
        known.indices.contains(number) ? known[number] : []
      }
    }
    var firsts: [Int] = []
    var topicOfPartition: [Int] = []
    for (topic, count) in partitionCounts.enumerated() {
      firsts.append(topicOfPartition.count)
      topicOfPartition += repeatElement(topic, count: count)
    }
    firstPartitions = firsts
    partitionCount = topicOfPartition.count
    self.topicOfPartition = topicOfPartition
    let numbers = Dictionary(uniqueKeysWithValues: zip(names, names.indices))
    topicNumbers = numbers
    subscribed = members.map { Set($0.subscription.topics.compactMap { numbers[$0] }) }
    listed = JavaHash.order(of: members.map(\.id))
    var rank = [Int](repeating: 0, count: members.count)
    let byID = members.indices.sorted { members[$0].id.javaPrecedes(members[$1].id) }
    for (place, member) in byID.enumerated() { rank[member] = place }
    self.rank = rank
  }

  func partitions(of topic: Int) -> Range<Int> {
    firstPartitions[topic]..<firstPartitions[topic] + partitionCounts[topic]
  }

  /// The number within the topic.
  func number(of partition: Int) -> Int32 {
    Int32(partition - firstPartitions[topicOfPartition[partition]])
  }

  func partition(_ partition: Int) -> TopicPartition {
    TopicPartition(topics[topicOfPartition[partition]], number(of: partition))
  }

  /// `nil` for a partition that is not there, or of a topic that nobody has subscribed to.
  func index(of partition: TopicPartition) -> Int? {
    guard let topic = topicNumbers[partition.topic],
      (0..<partitionCounts[topic]).contains(Int(partition.partition))
    else { return nil }
    return firstPartitions[topic] + Int(partition.partition)
  }

  /// Static members first, by instance id, then the others by id: a static member keeps its place when it comes
  /// back under another id.
  var staticFirst: [Int] {
    listed.enumerated().sorted { one, other in
      switch (members[one.element].instanceID, members[other.element].instanceID) {
      case (let left?, let right?):
        left == right ? one.offset < other.offset : left.javaPrecedes(right)
      case (_?, nil): true
      case (nil, _?): false
      case (nil, nil): rank[one.element] < rank[other.element]
      }
    }.map(\.element)
  }

  /// Topics as Java lists them, who gathers them from what the members say.
  var listedTopics: [Int] {
    var seen: Set<String> = []
    let gathered = listed.lazy.flatMap { members[$0].subscription.topics }
      .filter { seen.insert($0).inserted }
    return JavaHash.listed(JavaHash.listed(Array(gathered)).filter { topicNumbers[$0] != nil })
      .compactMap { topicNumbers[$0] }
  }
}
