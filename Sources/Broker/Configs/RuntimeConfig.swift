import ActaModel
import Coordination
import KafkaConfig
import LogStorage
import Synchronization

/// Puts what is set while the broker runs into force: on the broker, and on groups. Topics' own is worked
/// out when it is asked for.
///
/// It is told by the storage, one change after the other, when a change is synced and before its answer
/// leaves. A stored row that would be refused today (an operator wrote it, or another version) is not in
/// force; a sentence names it, once for as long as it stands.
final class RuntimeConfig: Sendable {
  private struct State {
    var version: UInt64 = 0
    var dynamic = DynamicSettings()
    /// What groups were found to have, to find it again.
    var groups: [ConfigEntity: (set: [String: String], legal: GroupOverrides, told: [String])] = [:]
    var configVersion: UInt64 = 0
    var told: Set<String> = []
    var ownSettings: [ExactText: GroupSettings.Own] = [:]
  }

  private let config: LiveConfig
  private let storage: any LogStorage
  private let topicSettings: TopicSettingsCache
  private let warn: @Sendable (String) -> Void
  private let state = Mutex(State())

  init(
    _ config: LiveConfig, storage: any LogStorage, topicSettings: TopicSettingsCache,
    warn: @escaping @Sendable (String) -> Void
  ) {
    self.config = config
    self.storage = storage
    self.topicSettings = topicSettings
    self.warn = warn
  }

  /// What groups have of their own.
  var groups: (version: UInt64, own: [ExactText: GroupSettings.Own]) {
    state.withLock { ($0.version, $0.ownSettings) }
  }

  func apply(_ overrides: ConfigOverrides) {
    let sentences = state.withLock { state -> [String] in
      guard overrides.version > state.version else { return [] }
      state.version = overrides.version
      var sentences = putIntoForce(overrides, &state)
      sentences += lookAtGroups(overrides, &state)
      sentences += objectionsToTopics()
      defer { state.told = Set(sentences) }
      return sentences.filter { !state.told.contains($0) }
    }
    for sentence in sentences { warn(sentence) }
  }

  private func putIntoForce(_ overrides: ConfigOverrides, _ state: inout State) -> [String] {
    let present = config.current
    let own = ConfigEntity.broker(present.nodeID)
    let dynamic = DynamicSettings(
      broker: overrides[own], defaults: overrides[.brokerDefaults])
    let (next, refusals) = present.withLegal(dynamic)
    if dynamic != state.dynamic {
      state.dynamic = dynamic
      config.replace(with: next)
    }
    return refusals.map { refusal in
      let entity = refusal.scope == .broker ? own : .brokerDefaults
      return Self.sentence(entity, refusal.name, refusal.reason)
    }
  }

  private func lookAtGroups(_ overrides: ConfigOverrides, _ state: inout State) -> [String] {
    let broker = config.snapshot
    if state.configVersion != broker.version { state.groups = [:] }
    state.configVersion = broker.version
    var groups: [ConfigEntity: (set: [String: String], legal: GroupOverrides, told: [String])] = [:]
    state.ownSettings = [:]
    for entity in overrides.entities(of: .group) {
      let set = overrides[entity]
      let group =
        if let known = state.groups[entity], known.set == set { known } else {
          Self.judge(entity, set, broker.config)
        }
      groups[entity] = group
      if group.legal.isEmpty { continue }
      state.ownSettings[ExactText(entity.name)] = GroupSettings.Own(group.legal)
    }
    state.groups = groups
    return groups.values.flatMap(\.told).sorted()
  }

  private static func judge(
    _ entity: ConfigEntity, _ set: [String: String], _ broker: BrokerConfig
  ) -> (set: [String: String], legal: GroupOverrides, told: [String]) {
    let (legal, refusals) = GroupOverrides.legal(set, broker: broker)
    return (
      set, GroupOverrides(legal), refusals.map { sentence(entity, $0.name, $0.reason) }
    )
  }

  private func objectionsToTopics() -> [String] {
    storage.catalog().topics.lazy.filter { !$0.configs.isEmpty }.flatMap { topic in
      let config = self.topicSettings.settings(of: topic).config
      let rest = config.isRetentionInDoubt ? "; no record of the topic is deleted meanwhile" : ""
      return config.objections.map {
        Self.sentence(.topic(topic.name), $0.name, $0.reason) + rest
      }
    }
  }

  private static func sentence(
    _ entity: ConfigEntity, _ name: String, _ reason: String
  ) -> String {
    "config_overrides: '\(name)' of \(entity.kind.rawValue) '\(entity.name)' is not in force: \(reason)"
  }
}

extension GroupSettings.Own {
  fileprivate init(_ overrides: GroupOverrides) {
    self.init(
      sessionTimeout: overrides.sessionTimeoutMilliseconds.map { Int32(clamping: $0) },
      heartbeatInterval: overrides.heartbeatIntervalMilliseconds.map { Int32(clamping: $0) },
      assignmentInterval: overrides.assignmentIntervalMilliseconds.map { Int32(clamping: $0) })
  }
}
