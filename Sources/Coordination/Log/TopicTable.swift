package import ActaModel

/// The topics inside a turn, and the rules by which new ones are taken.
package struct TopicTable: Sendable {
  package typealias Limits = TopicLimits

  private(set) var topics: [TopicID: Topic] = [:]
  private var idsByName: [String: TopicID] = [:]
  private var namesByCollisionKey: [String: String] = [:]
  package private(set) var partitionCount = 0

  package init(_ topics: [Topic]) {
    for topic in topics { put(topic) }
  }

  package var snapshot: Catalog { Catalog(Array(topics.values)) }

  package subscript(id: TopicID) -> Topic? { topics[id] }
  package subscript(name: String) -> Topic? { idsByName[name].flatMap { topics[$0] } }

  /// For sentences; it looks through all topics.
  package func named(_ partition: PartitionID) -> String {
    for topic in topics.values {
      guard let number = topic.partitions.firstIndex(of: partition) else { continue }
      return "topic \(topic.name), partition \(number)"
    }
    return "partition \(partition) of no topic"
  }

  /// Inserts the topic, or replaces what is known of it.
  package mutating func put(_ topic: Topic) {
    partitionCount += topic.partitions.count - (topics[topic.id]?.partitions.count ?? 0)
    topics[topic.id] = topic
    idsByName[topic.name] = topic.id
    namesByCollisionKey[TopicName.collisionKey(topic.name)] = topic.name
  }

  package mutating func remove(_ id: TopicID) -> Topic? {
    guard let topic = topics.removeValue(forKey: id) else { return nil }
    idsByName[topic.name] = nil
    namesByCollisionKey[TopicName.collisionKey(topic.name)] = nil
    partitionCount -= topic.partitions.count
    return topic
  }

  // MARK: Rules

  /// Why a topic is not made; names are taken to be legal.
  package func objection(to new: NewTopic, limits: Limits) -> StorageError? {
    if idsByName[new.name] != nil || topics[new.id] != nil { return .topicExists(name: new.name) }
    if let other = namesByCollisionKey[TopicName.collisionKey(new.name)] {
      return .topicNameCollides(with: other)
    }
    return limits.objection(toTopicBeside: topics.count)
      ?? limits.objection(toPartitions: new.partitionCount, beside: partitionCount)
  }

  /// Why a topic does not grow to `count` partitions.
  package func objection(
    toGrowing topic: Topic, to count: Int, limits: Limits
  ) -> StorageError? {
    let present = topic.partitions.count
    guard count > present else { return .partitionCountNotLarger(present: present) }
    return limits.objection(toPartitions: count - present, beside: partitionCount)
  }
}
