/// One configuration key: what it is called, what it accepts, what it means.
///
/// This module is the one table of Kafka's configuration keys and the layers that give a key its
/// value. The command line, the broker's start and the APIs that describe, create and alter all go
/// by it. It knows no requests and no storage, and it reads no file, clock, environment or host
/// name: callers pass what they have read.
package struct ConfigKey: Sendable {
  /// Whether and for whom a broker's value may change at run time.
  package enum Update: Sendable {
    case readOnly
    case clusterWide
    case perBroker
  }

  package let name: String
  package let type: ConfigType
  /// `nil`: the key has no value until one is set.
  package let defaultValue: ConfigValue?
  package let check: ConfigCheck
  package let update: Update
  /// For a topic's key: the broker's keys that stand in for topics without a value of their own,
  /// the first that is set wins.
  package let synonyms: [ConfigSynonym]
  /// One sentence for people.
  package let documentation: String

  package init(
    _ name: String, _ type: ConfigType, _ defaultValue: ConfigValue?, _ check: ConfigCheck,
    update: Update = .readOnly, synonyms: [ConfigSynonym] = [], _ documentation: String
  ) {
    self.name = name
    self.type = type
    self.defaultValue = defaultValue
    self.check = check
    self.update = update
    self.synonyms = synonyms
    self.documentation = documentation
  }

  /// A key that accepts every value of its type.
  package init(
    _ name: String, _ type: ConfigType, _ defaultValue: ConfigValue?, update: Update = .readOnly,
    synonyms: [ConfigSynonym] = [], _ documentation: String
  ) {
    self.init(
      name, type, defaultValue, .none, update: update, synonyms: synonyms, documentation)
  }
}

extension ConfigKey {
  /// The value that `text` stands for, if this key accepts it.
  package func value(_ text: String) throws(ConfigError) -> ConfigValue {
    let value = try type.parse(text, for: name)
    try check.check(value, of: name)
    return value
  }
}

/// A broker's key in the role of a topic's default, and the unit it counts in.
package struct ConfigSynonym: Hashable, Sendable {
  package let name: String
  /// Milliseconds in one unit of the broker's key; 1 where both sides mean the same.
  package let multiplier: Int64

  private init(_ name: String, multiplier: Int64) {
    self.name = name
    self.multiplier = multiplier
  }

  package static func same(_ name: String) -> Self { .init(name, multiplier: 1) }
  package static func minutes(_ name: String) -> Self { .init(name, multiplier: 60_000) }
  package static func hours(_ name: String) -> Self { .init(name, multiplier: 3_600_000) }
}

extension ConfigSynonym {
  /// The broker's value in the topic's unit. A negative number means "no limit" in every unit.
  func converted(_ value: ConfigValue) -> ConfigValue {
    guard multiplier != 1, case .integer(let number) = value else { return value }
    return .integer(number < 0 ? -1 : number * multiplier)
  }
}
