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
    let topic = Topic(empty: new)
    return .success(
      extend(topic, by: try rows.grow(topic, to: new.partitionCount, atMost: .max) ?? []))
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

  /// A slice of growing a topic; nobody sees it before the last. Several that grow the same topic build on
  /// what each of them has made.
  ///
  /// - Parameter hasStaged: Earlier slices have made some.
  func createPartitions(
    of id: TopicID, count: Int, hasStaged: Bool
  ) throws(StoreError) -> Slice<Bool, Result<Topic, StorageError>> {
    guard let topic = writer.topics[id] else { return .done(.failure(.unknownTopic)) }
    if let objection = writer.topics.objection(toGrowing: topic, to: count, limits: limits)
      ?? fullness
    {
      if hasStaged { try rows.discardGrowth(of: topic) }
      return .done(.failure(objection))
    }
    let added = try rows.grow(topic, to: count, atMost: CatalogWeight.partitionsOfSlice)
    guard let added else { return .more(true) }
    return .done(.success(extend(topic, by: added)))
  }

  func discardGrowth(of id: TopicID) throws(StoreError) {
    guard let topic = writer.topics[id] else { return }
    try rows.discardGrowth(of: topic)
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

  /// What it leaves is freed later, in slices.
  func deleteTopic(
    _ id: TopicID, by author: ConfigAuthor
  ) throws(StoreError) -> Result<Topic, StorageError> {
    guard let topic = writer.topics.remove(id) else { return .failure(.unknownTopic) }
    for partition in topic.partitions { writer.partitions[partition] = nil }
    changes.dirty.removeAll { writer.partitions[$0.id] == nil }
    changes.added.removeAll { writer.partitions[$0.id] == nil }
    changes.appended.removeAll { writer.partitions[$0.partition] == nil }
    changes.aborted.removeAll { writer.partitions[$0.partition] == nil }
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
