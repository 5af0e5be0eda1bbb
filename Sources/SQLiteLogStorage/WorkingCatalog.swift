import ActaModel
import LogStorage

/// The topics as the writer knows them inside its transaction, with what is needed to check a new
/// name and to make the views.
struct WorkingCatalog {
  struct Entry {
    let rowID: Int64
    let viewName: String
    var topic: Topic
  }

  private(set) var topics: [TopicID: Entry] = [:]
  private var idsByName: [String: TopicID] = [:]
  private var namesByCollisionKey: [String: String] = [:]
  private(set) var partitionCount = 0
  /// How many partitions each `messages_<n>` shows.
  private(set) var viewPopulation: [Int64: Int] = [:]
  private(set) var viewNumbers: [PartitionID: Int64] = [:]

  var snapshot: Catalog { Catalog(topics.values.map(\.topic)) }

  func id(of name: String) -> TopicID? { idsByName[name] }

  /// The topic that `name` would collide with.
  func collision(of name: String) -> String? { namesByCollisionKey[TopicName.collisionKey(name)] }

  mutating func insert(_ entry: Entry) {
    topics[entry.topic.id] = entry
    idsByName[entry.topic.name] = entry.topic.id
    namesByCollisionKey[TopicName.collisionKey(entry.topic.name)] = entry.topic.name
  }

  /// The partition follows the topic's last one.
  mutating func add(_ partition: PartitionID, to topic: TopicID, viewNumber: Int64) {
    guard let old = topics[topic]?.topic else {
      preconditionFailure("partition \(partition) has no topic")
    }
    topics[topic]!.topic = Topic(
      id: old.id, name: old.name, isInternal: old.isInternal,
      partitions: old.partitions + [partition], configs: old.configs)
    viewNumbers[partition] = viewNumber
    viewPopulation[viewNumber, default: 0] += 1
    partitionCount += 1
  }

  mutating func remove(_ id: TopicID) -> Entry? {
    guard let entry = topics.removeValue(forKey: id) else { return nil }
    idsByName[entry.topic.name] = nil
    namesByCollisionKey[TopicName.collisionKey(entry.topic.name)] = nil
    for partition in entry.topic.partitions {
      guard let number = viewNumbers.removeValue(forKey: partition) else { continue }
      viewPopulation[number, default: 1] -= 1
      if viewPopulation[number] == 0 { viewPopulation[number] = nil }
      partitionCount -= 1
    }
    return entry
  }

  /// The lowest view with room for another partition.
  func firstViewNumberWithRoom(capacity: Int) -> Int64 {
    var number: Int64 = 1
    while viewPopulation[number, default: 0] >= capacity { number += 1 }
    return number
  }
}
