extension BrokerConfig {
  /// Every key of the broker, by name.
  package var entries: [ConfigEntry] {
    ConfigKeys.broker.sorted { $0.name < $1.name }.map { key in
      ConfigEntry(
        key, value: values.values[key.name], isReadOnly: key.update == .readOnly,
        synonyms: synonyms(of: key.name))
    }
  }

  /// What is set on all brokers while they run, and nothing else.
  package var dynamicDefaults: [ConfigEntry] {
    guard let layer = layers.first(where: { $0.source == .dynamicDefaultBroker }) else { return [] }
    return layer.values.sorted { $0.key < $1.key }.compactMap { name, value in
      ConfigKeys.brokerByName[name].map { key in
        ConfigEntry(
          key, value: value, isReadOnly: key.update == .readOnly,
          synonyms: [
            ConfigEntry.Synonym(
              name: name, value: value.description, source: .dynamicDefaultBroker)
          ])
      }
    }
  }

  /// The same, where what the broker is counts for more than what was set or is the default.
  package func entries(stating facts: [String: String]) -> [ConfigEntry] {
    entries.map { entry in
      guard let fact = facts[entry.name], fact != entry.value else { return entry }
      return entry.stating(fact)
    }
  }

  /// The layers of a key, from the one in force down to the default.
  ///
  /// A quirk of Kafka's, kept because tools print it: keys of one setting in several units form one
  /// chain, of which the part before the asked name is dropped. Hence `log.retention.ms` has no
  /// layers when only `log.retention.hours` is set, and counts as a default.
  func synonyms(of name: String) -> [ConfigEntry.Synonym] {
    let names = Self.families[name] ?? [name]
    let set = layers.flatMap { layer in
      names.compactMap { name in
        layer.values[name].map {
          ConfigEntry.Synonym(name: name, value: $0.description, source: layer.source)
        }
      }
    }
    let defaults = names.compactMap { name in
      ConfigKeys.brokerByName[name]?.defaultValue.map {
        ConfigEntry.Synonym(name: name, value: $0.description, source: .default)
      }
    }
    return Array((set + defaults).drop { $0.name != name })
  }

  /// The keys that stand for one setting in several units, by each of their names.
  private static let families: [String: [String]] = {
    var families: [String: [String]] = [:]
    for key in ConfigKeys.topic where key.synonyms.count > 1 {
      let names = key.synonyms.map(\.name)
      for name in names { families[name] = names }
    }
    return families
  }()
}
