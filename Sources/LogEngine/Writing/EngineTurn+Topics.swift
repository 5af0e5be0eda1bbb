import ActaModel
import Coordination
import LogStorage

/// Topics: judged by the rules of the topic table, written by the store.
extension EngineTurn {
  private var limits: TopicTable.Limits {
    TopicTable.Limits(topics: writer.options.maxTopics, partitions: writer.options.maxPartitions)
  }

  private var fullness: StorageError? { writer.store.isFull ? .full : nil }

  func createTopic(_ new: NewTopic) throws(StoreError) -> Result<Topic, StorageError> {
    if let objection = writer.topics.objection(to: new, limits: limits) ?? fullness {
      return .failure(objection)
    }
    try rows.insert(new)
    let empty = Topic(
      id: new.id, name: new.name, isInternal: new.isInternal, partitions: [], configs: new.configs)
    return .success(try grow(empty, by: new.partitionCount))
  }

  func createPartitions(
    of id: TopicID, count: Int
  ) throws(StoreError) -> Result<Topic, StorageError> {
    guard let topic = writer.topics[id] else { return .failure(.unknownTopic) }
    if let objection = writer.topics.objection(toGrowing: topic, to: count, limits: limits)
      ?? fullness
    {
      return .failure(objection)
    }
    return .success(try grow(topic, by: count - topic.partitions.count))
  }

  private func grow(_ topic: Topic, by count: Int) throws(StoreError) -> Topic {
    let added = try rows.addPartitions(count, to: topic)
    for id in added {
      let partition = PartitionState(PartitionRow(id: id))
      writer.partitions[id] = partition
      changes.markDirty(partition)
    }
    let grown = Topic(
      id: topic.id, name: topic.name, isInternal: topic.isInternal,
      partitions: topic.partitions + added, configs: topic.configs)
    writer.topics.put(grown)
    changes.isCatalogChanged = true
    return grown
  }

  /// The partitions' records are freed later, in slices.
  func deleteTopic(_ id: TopicID) throws(StoreError) -> Result<Topic, StorageError> {
    guard let topic = writer.topics.remove(id) else { return .failure(.unknownTopic) }
    for partition in topic.partitions { writer.partitions[partition] = nil }
    changes.dirty.removeAll { writer.partitions[$0.id] == nil }
    changes.cached.removeAll { writer.partitions[$0.partition] == nil }
    try rows.forgetPositions(in: topic.partitions)
    try rows.delete(topic)
    changes.removedPartitions += topic.partitions
    changes.isCatalogChanged = true
    return .success(topic)
  }
}
