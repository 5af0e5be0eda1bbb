import ActaModel
import Coordination
import LogStorage

/// Topics: judged by the rules of the topic table, written by the store.
extension EngineTurn {
  private var limits: TopicLimits { writer.options.topicLimits }

  private var fullness: StorageError? { writer.store.isFull ? .full : nil }

  func createTopic(_ new: NewTopic) throws(StoreError) -> Result<Topic, StorageError> {
    if let objection = writer.topics.objection(to: new, limits: limits) ?? fullness {
      return .failure(objection)
    }
    try insert(new, staged: nil)
    return .success(try grow(Topic(empty: new), by: new.partitionCount))
  }

  /// A slice of making a topic with many partitions; nobody sees it before the last.
  func createLargeTopic(
    _ new: NewTopic, after staged: StagedTopic?
  ) throws(StoreError) -> Slice<StagedTopic?, Result<Topic, StorageError>> {
    if let objection = writer.topics.objection(to: new, limits: limits) ?? fullness {
      if let staged { try rows.discard(staged) }
      return .done(.failure(objection))
    }
    let missing = new.partitionCount - (staged?.partitions.count ?? 0)
    guard missing == 0, let staged else {
      return .more(
        try rows.stage(min(missing, CatalogWeight.partitionsOfSlice), after: staged))
    }
    try insert(new, staged: staged)
    return .done(.success(extend(Topic(empty: new), by: staged.partitions)))
  }

  private func insert(_ new: NewTopic, staged: StagedTopic?) throws(StoreError) {
    try rows.insert(new, staged: staged)
    let configs = ConfigChange.all(from: [:], to: new.configs)
    if !configs.isEmpty { try rows.write(configs, of: .topic(new.name), by: new.author) }
  }

  func discard(_ staged: StagedTopic) throws(StoreError) { try rows.discard(staged) }

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
    extend(topic, by: try rows.addPartitions(count, to: topic))
  }

  private func extend(_ topic: Topic, by added: [PartitionID]) -> Topic {
    for id in added {
      let partition = PartitionState(PartitionRow(id: id))
      writer.partitions[id] = partition
      changes.added.append(partition)
    }
    let grown = Topic(
      id: topic.id, name: topic.name, isInternal: topic.isInternal,
      partitions: topic.partitions + added, configs: topic.configs)
    writer.topics.put(grown)
    changes.isCatalogChanged = true
    return grown
  }

  /// The partitions' records are freed later, in slices.
  func deleteTopic(
    _ id: TopicID, by author: ConfigAuthor
  ) throws(StoreError) -> Result<Topic, StorageError> {
    guard let topic = writer.topics.remove(id) else { return .failure(.unknownTopic) }
    for partition in topic.partitions { writer.partitions[partition] = nil }
    changes.dirty.removeAll { writer.partitions[$0.id] == nil }
    changes.added.removeAll { writer.partitions[$0.id] == nil }
    changes.cached.removeAll { writer.partitions[$0.partition] == nil }
    changes.aborted.removeAll { writer.partitions[$0.partition] == nil }
    try rows.forgetPositions(in: topic.partitions)
    let configs = ConfigChange.all(from: topic.configs, to: [:])
    if !configs.isEmpty { try rows.write(configs, of: .topic(topic.name), by: author) }
    try rows.delete(topic)
    changes.removedPartitions += topic.partitions
    changes.isCatalogChanged = true
    return .success(topic)
  }
}

extension Topic {
  fileprivate init(empty new: NewTopic) {
    self.init(
      id: new.id, name: new.name, isInternal: new.isInternal, partitions: [], configs: new.configs)
  }
}
