import ActaModel
import Coordination
import LogStorage

/// What is set on topics, brokers and groups: a topic's own stands with the topic, the rest beside.
extension EngineTurn {
  func overrides(of entity: ConfigEntity) -> [String: String]? {
    entity.kind == .topic ? writer.topics[entity.name]?.configs : writer.configs[entity] ?? [:]
  }

  func configure(
    _ entity: ConfigEntity, as overrides: [String: String], by author: ConfigAuthor
  ) throws -> Result<Void, StorageError> {
    guard let before = self.overrides(of: entity) else { return .failure(.unknownTopic) }
    let changed = ConfigChange.all(from: before, to: overrides)
    if changed.isEmpty { return .success(()) }
    try rows.write(changed, of: entity, by: author)
    take(overrides, of: entity)
    return .success(())
  }

  private func take(_ overrides: [String: String], of entity: ConfigEntity) {
    if let topic = writer.topics[entity.name], entity.kind == .topic {
      writer.topics.put(topic.with(configs: overrides))
      changes.isCatalogChanged = true
    } else {
      writer.configs[entity] = overrides.isEmpty ? nil : overrides
      changes.areConfigsChanged = true
    }
  }

  /// Takes in what another process has set. Topics whose configuration is what it was stay as they are.
  func takeInConfigs() throws(StoreError) {
    let configs = try writer.store.configs()
    for topic in writer.topics.snapshot.topics {
      let overrides = configs[.topic(topic.name)] ?? [:]
      if overrides == topic.configs { continue }
      writer.topics.put(topic.with(configs: overrides))
      changes.isCatalogChanged = true
    }
    writer.configs = configs.filter { $0.key.kind != .topic }
    changes.areConfigsChanged = true
  }
}
