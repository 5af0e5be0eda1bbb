import ActaModel
import LogStorage

/// What the storage would say to new topics and partitions, one after the other: for requests that only
/// want to know. As of one moment; nothing is kept free for whoever asks.
struct TopicRehearsal {
  private let limits: TopicLimits
  private var topicCount: Int
  private var partitionCount: Int
  /// Of topics that would be made, by what they may not share with others.
  private var names: [String: String] = [:]

  init(_ storage: any LogStorage) {
    let catalog = storage.catalog()
    limits = storage.topicLimits
    topicCount = catalog.topics.count
    partitionCount = catalog.partitionCount
  }

  /// Of topics whose names are legal and collide with none that is there.
  mutating func create(_ new: NewTopic) -> StorageError? {
    let key = TopicName.collisionKey(new.name)
    if let other = names[key] { return .topicNameCollides(with: other) }
    if let objection = limits.objection(toTopicBeside: topicCount) { return objection }
    if let objection = grow(by: new.partitionCount) { return objection }
    topicCount += 1
    names[key] = new.name
    return nil
  }

  mutating func grow(by count: Int) -> StorageError? {
    if let objection = limits.objection(toPartitions: count, beside: partitionCount) {
      return objection
    }
    partitionCount += count
    return nil
  }
}
