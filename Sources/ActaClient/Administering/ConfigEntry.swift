import KafkaWire

/// A setting of a topic, a broker or a group, with the value that is in force.
public struct ConfigEntry: Hashable, Sendable {
  /// Where a value comes from.
  public enum Source: Int8, Sendable {
    /// A source that this client has never heard of.
    case unknown = 0
    /// Set for the topic.
    case dynamicTopic = 1
    /// Set for one broker at run time.
    case dynamicBroker = 2
    /// Set for all brokers at run time.
    case dynamicDefaultBroker = 3
    /// The broker's file.
    case staticBroker = 4
    /// Nobody has set it.
    case `default` = 5
    /// Set for a broker's logger at run time.
    case dynamicBrokerLogger = 6
    /// Set for a subscription to clients' metrics.
    case dynamicClientMetrics = 7
    /// Set for the group.
    case dynamicGroup = 8
  }

  /// What values may be written as. Numbers are the protocol's.
  public enum ValueType: Int8, Sendable {
    /// It was not asked for, the broker does not tell, or this client has never heard of it.
    case unknown = 0
    /// Kafka's `BOOLEAN`, `STRING` and so on; a `list` has commas between its elements.
    case boolean, string, int, short, long, double, list, `class`, password
  }

  /// A value that is, or would be, in force; under the name that it has in its source.
  public struct Synonym: Hashable, Sendable {
    /// As it is called there: `log.retention.ms` behind a topic's `retention.ms`.
    public let name: String
    /// `nil` where it is a secret, or there is none.
    public let value: String?
    /// Where it is.
    public let source: Source
  }

  /// Kafka's: `retention.ms`.
  public let name: String
  /// `nil` where it is a secret, or there is none.
  public let value: String?
  /// Where the value comes from.
  public let source: Source
  /// Whether it cannot be changed at run time.
  public let isReadOnly: Bool
  /// Whether it is a secret, whose value is never told.
  public let isSensitive: Bool
  /// `unknown` where it was not asked for, or the broker does not tell.
  public let type: ValueType
  /// From the value in force down to the default; empty unless asked for.
  public let synonyms: [Synonym]
  /// `nil` unless asked for.
  public let documentation: String?

  /// Whether nobody has set it.
  public var isDefault: Bool { source == .default }
}

/// What is to become of a setting.
public enum ConfigChange: Hashable, Sendable {
  /// It is this.
  case set(String)
  /// Back to the default.
  case delete
  /// Adds elements to a list, with commas between them.
  case append(String)
  /// Takes elements from a list.
  case subtract(String)
}

extension ConfigEntry {
  init(_ config: DescribeConfigsResponse.Config) {
    name = config.name
    value = config.value
    source = Source(rawValue: config.configSource) ?? .unknown
    isReadOnly = config.readOnly
    isSensitive = config.isSensitive
    type = ValueType(rawValue: config.configType) ?? .unknown
    synonyms = config.synonyms.map { synonym in
      Synonym(
        name: synonym.name, value: synonym.value,
        source: Source(rawValue: synonym.source) ?? .unknown)
    }
    documentation = config.documentation
  }

  init(_ config: CreateTopicsResponse.Config) {
    name = config.name
    value = config.value
    source = Source(rawValue: config.configSource) ?? .unknown
    isReadOnly = config.readOnly
    isSensitive = config.isSensitive
    type = .unknown
    synonyms = []
    documentation = nil
  }
}

extension IncrementalAlterConfigsRequest.Config {
  init(_ name: String, _ change: ConfigChange) {
    self.init()
    self.name = name
    switch change {
    case .set(let text): (configOperation, value) = (0, text)
    case .delete: (configOperation, value) = (1, nil)
    case .append(let text): (configOperation, value) = (2, text)
    case .subtract(let text): (configOperation, value) = (3, text)
    }
  }
}
