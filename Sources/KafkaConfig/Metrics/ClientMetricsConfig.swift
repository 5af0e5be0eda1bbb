/// What a subscription to clients' metrics says (KIP-714). It is kept and shown; no client is asked for
/// metrics yet.
package enum ClientMetricsConfig {
  /// Kafka tells a request that makes no sense from a value that is none.
  package enum Objection: Hashable, Sendable {
    case request(String)
    case value(String)
  }

  package static let keys: [ConfigKey] = [
    ConfigKey("interval.ms", .int, 300_000, "How often clients send their metrics."),
    ConfigKey(
      "match", .list, [], "Which clients send them, as pairs of a property and a pattern."),
    ConfigKey("metrics", .list, [], "Prefixes of the names of metrics that are sent."),
  ]

  package static let keysByName = ConfigKeys.byName(keys)
  private static let properties: Set<String> = [
    "client_instance_id", "client_id", "client_software_name", "client_software_version",
    "client_source_address", "client_source_port",
  ]

  /// Why a subscription may not say this, in Kafka's words; `nil` if it may.
  package static func objection(to overrides: [String: String]) -> Objection? {
    for (name, text) in overrides.sorted(by: { $0.key < $1.key }) {
      guard let key = keysByName[name] else {
        return .request("Unknown client metrics configuration: \(name)")
      }
      do throws(ConfigError) {
        if let objection = objection(to: try key.value(text), of: name) { return objection }
      } catch {
        return .value(error.description)
      }
    }
    return nil
  }

  private static func objection(to value: ConfigValue, of name: String) -> Objection? {
    switch value {
    case .integer(let interval) where !(100...3_600_000).contains(interval):
      return .request(
        "Invalid value \(interval) for \(name), interval must be between 100 and 3600000 (1 hour)")
    case .list(let patterns) where name == "match":
      return patterns.first { !isPattern($0) }.map {
        .value("Illegal client matching pattern: \($0)")
      }
    default: return nil
    }
  }

  private static func isPattern(_ text: String) -> Bool {
    let parts = text.split(separator: "=")
    return parts.count == 2 && properties.contains(String(parts[0]).trimmingBlanks())
  }

  /// Every key, by name.
  package static func entries(of overrides: [String: String]) -> [ConfigEntry] {
    keys.map { key in
      let own = overrides[key.name].flatMap { try? key.value($0) }
      let synonyms = own.map {
        [ConfigEntry.Synonym(name: key.name, value: $0.description, source: .clientMetrics)]
      }
      return ConfigEntry(
        key, value: own ?? key.defaultValue, isReadOnly: false, synonyms: synonyms ?? [])
    }
  }
}
