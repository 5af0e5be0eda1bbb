import ActaModel
import KafkaConfig
import LogStorage

/// What each kind of resource takes: names, keys, values; in Kafka's words.
struct ConfigRules: Sendable {
  let config: BrokerConfig

  /// The longest value that Kafka stores.
  private static let longestValue = 32_767

  /// The entity that a request names.
  func entity(
    _ kind: ConfigResourceKind, _ name: String
  ) throws(ProtocolError) -> ConfigEntity {
    switch kind {
    case .topic:
      if name.isEmpty {
        throw ProtocolError(.invalidRequest, "Default topic resources are not allowed.")
      }
      if let objection = TopicName.objection(to: name) {
        throw ProtocolError(.invalidTopicException, objection)
      }
      return .topic(name)
    case .broker:
      if name.isEmpty { return .brokerDefaults }
      guard let id = Int32(name) else {
        throw ProtocolError(.invalidRequest, "Node id must be an integer, but it is: \(name)")
      }
      guard id == config.nodeID else {
        throw ProtocolError(
          .invalidRequest, "Unexpected broker id, expected \(config.nodeID), but received \(name)")
      }
      return .broker(id)
    case .group:
      if name.isEmpty {
        throw ProtocolError(.invalidRequest, "Default group resources are not allowed.")
      }
      return .group(name)
    case .clientMetrics:
      if name.isEmpty {
        throw ProtocolError(.invalidRequest, "Subscription name can't be empty")
      }
      return ConfigEntity(.clientMetrics, name)
    case .brokerLogger:
      preconditionFailure("the levels of loggers are kept in no table")
    }
  }

  func keys(of kind: ConfigEntityKind) -> [String: ConfigKey] {
    switch kind {
    case .topic: ConfigKeys.topicByName
    case .broker: ConfigKeys.brokerByName
    case .group: ConfigKeys.groupByName
    case .clientMetrics: ClientMetricsConfig.keysByName
    }
  }

  /// Throws unless the entity may have this configuration.
  ///
  /// - Parameter present: What is set on others.
  func check(
    _ overrides: [String: String], of entity: ConfigEntity,
    present: (ConfigEntity) -> [String: String]
  ) throws(ProtocolError) {
    if overrides.values.contains(where: { $0.utf8.count > Self.longestValue }) {
      throw ProtocolError(
        .invalidConfig,
        "The configuration value cannot be added because it exceeds the maximum value size of"
          + " \(Self.longestValue) bytes.")
    }
    switch entity.kind {
    case .topic:
      if let objection = TopicConfig.objection(to: overrides, broker: config) {
        throw ProtocolError(.invalidConfig, objection)
      }
    case .group:
      if let objection = GroupOverrides.objection(to: overrides, broker: config) {
        throw ProtocolError(.invalidConfig, objection)
      }
    case .clientMetrics:
      switch ClientMetricsConfig.objection(to: overrides) {
      case .request(let objection): throw ProtocolError(.invalidRequest, objection)
      case .value(let objection): throw ProtocolError(.invalidConfig, objection)
      case nil: break
      }
    case .broker: try checkBroker(overrides, of: entity, present: present)
    }
  }

  private func checkBroker(
    _ overrides: [String: String], of entity: ConfigEntity,
    present: (ConfigEntity) -> [String: String]
  ) throws(ProtocolError) {
    let scope = entity == .brokerDefaults ? DynamicSettings.Scope.defaults : .broker
    var others = DynamicSettings(
      broker: present(.broker(config.nodeID)), defaults: present(.brokerDefaults))
    others[scope] = [:]
    // A row in another place that cannot be in force is no reason to refuse this one.
    var settings = config.withLegal(others).config.dynamic
    settings[scope] = overrides
    do throws(ConfigError) {
      _ = try config.with(settings)
    } catch {
      throw ProtocolError(.invalidRequest, Self.sentence(error.description))
    }
  }

  /// What Kafka's own check of a whole configuration says has this before it when it is made at run time.
  private static func sentence(_ text: String) -> String {
    text.hasPrefix("log.retention.ms must be") ? "requirement failed: " + text : text
  }
}
