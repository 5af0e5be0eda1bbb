extension TopicConfig {
  /// The longest value that Kafka stores.
  private static let maximumValueLength = 32_767

  /// Why a topic may not have these overrides, in Kafka's words; `nil` if it may. To a client the
  /// answer is INVALID_CONFIG.
  package static func objection(
    to overrides: [String: String?], broker: BrokerConfig
  ) -> String? {
    let nulls = overrides.filter { $0.value == nil }.keys.sorted()
    guard nulls.isEmpty else {
      return "Null value not supported for topic configs: \(nulls.joined(separator: ","))"
    }
    do {
      var values = broker.topicDefaults
      for (name, text) in overrides.sorted(by: { $0.key < $1.key }) {
        values[name] = try value(text ?? "", of: name)
      }
      guard values["remote.storage.enable"] == false else {
        return "Tiered Storage functionality is disabled in the broker. Topic cannot be configured"
          + " with remote log storage."
      }
      return compactionLagObjection(values)
    } catch {
      return error.description
    }
  }

  static func value(_ text: String, of name: String) throws(ConfigError) -> ConfigValue {
    guard let key = ConfigKeys.topicByName[name] else { throw .unknownTopicConfig(name) }
    guard text.utf8.count <= maximumValueLength else {
      throw .conflict(
        "The configuration value cannot be added because it exceeds the maximum value size of"
          + " \(maximumValueLength) bytes.")
    }
    return try key.value(text)
  }

  static func compactionLagObjection(_ values: [String: ConfigValue]) -> String? {
    let (low, high) = ("min.compaction.lag.ms", "max.compaction.lag.ms")
    guard case .integer(let least) = values[low], case .integer(let most) = values[high],
      least > most
    else { return nil }
    return "conflict topic config setting \(low) (\(least)) > \(high) (\(most))"
  }
}
