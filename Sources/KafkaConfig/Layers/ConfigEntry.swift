/// Where a value comes from; the raw value is what DescribeConfigs sends.
package enum ConfigSource: Int8, Sendable {
  case unknown = 0
  case topic = 1
  case dynamicBroker = 2
  case dynamicDefaultBroker = 3
  /// The file, the environment or the command line.
  case staticBroker = 4
  case `default` = 5
  case dynamicBrokerLogger = 6
  case clientMetrics = 7
  case group = 8
}

/// One row of a DescribeConfigs answer.
package struct ConfigEntry: Hashable, Sendable {
  /// A layer that gives the value, or would if those before it did not.
  package struct Synonym: Hashable, Sendable {
    package let name: String
    package let value: String?
    package let source: ConfigSource

    package init(name: String, value: String?, source: ConfigSource) {
      self.name = name
      self.value = value
      self.source = source
    }
  }

  package let name: String
  /// `nil` if there is none, or if it is a secret.
  package let value: String?
  package let source: ConfigSource
  package let isSensitive: Bool
  package let isReadOnly: Bool
  /// `nil` of what has none in Kafka's tables.
  package let type: ConfigType?
  /// From the value in force down to the default.
  package let synonyms: [Synonym]
  package let documentation: String

  package var isDefault: Bool { source == .default }
}

extension ConfigEntry {
  /// The source is that of the first synonym; without synonyms the value is a default.
  init(_ key: ConfigKey, value: ConfigValue?, isReadOnly: Bool, synonyms: [Synonym]) {
    let isSensitive = key.type == .password
    self.init(
      name: key.name, value: isSensitive ? nil : value?.description,
      source: synonyms.first?.source ?? .default, isSensitive: isSensitive, isReadOnly: isReadOnly,
      type: key.type,
      synonyms: isSensitive
        ? synonyms.map { Synonym(name: $0.name, value: nil, source: $0.source) } : synonyms,
      documentation: key.documentation)
  }
}

extension ConfigEntry {
  /// The level of a logger, which has no type.
  package init(logger: String, level: String) {
    self.init(
      name: logger, value: level, source: .dynamicBrokerLogger, isSensitive: false,
      isReadOnly: false, type: nil, synonyms: [], documentation: "")
  }

  /// With another value, as if it stood in the broker's file.
  func stating(_ value: String) -> ConfigEntry {
    let own = Synonym(name: name, value: value, source: .staticBroker)
    return ConfigEntry(
      name: name, value: value, source: own.source, isSensitive: isSensitive,
      isReadOnly: isReadOnly, type: type,
      synonyms: [own] + synonyms.filter { $0.source == .default }, documentation: documentation)
  }
}
