/// What a group has of its own, where that acts; what it does not set is the broker's.
package struct GroupOverrides: Hashable, Sendable {
  package let sessionTimeoutMilliseconds: Int?
  package let heartbeatIntervalMilliseconds: Int?
  package let assignmentIntervalMilliseconds: Int?

  /// - Parameter overrides: Checked: `legal` says which can be in force.
  package init(_ overrides: [String: String]) {
    func number(_ name: String) -> Int? {
      guard let text = overrides[name], let key = ConfigKeys.groupByName[name],
        case .integer(let number) = try? key.value(text)
      else { return nil }
      return Int(number)
    }
    sessionTimeoutMilliseconds = number("consumer.session.timeout.ms")
    heartbeatIntervalMilliseconds = number("consumer.heartbeat.interval.ms")
    assignmentIntervalMilliseconds = number("consumer.assignment.interval.ms")
  }

  /// Nothing that acts.
  package var isEmpty: Bool {
    sessionTimeoutMilliseconds == nil && heartbeatIntervalMilliseconds == nil
      && assignmentIntervalMilliseconds == nil
  }
}

extension GroupOverrides {
  /// Why a group may not have these, in Kafka's words; `nil` if it may.
  package static func objection(to overrides: [String: String], broker: BrokerConfig) -> String? {
    for name in overrides.keys.sorted() where ConfigKeys.groupByName[name] == nil {
      return "Unknown group config name: \(name)"
    }
    var values: [String: ConfigValue] = [:]
    do throws(ConfigError) {
      for key in ConfigKeys.group {
        values[key.name] =
          if let text = overrides[key.name] { try key.value(text) } else {
            key.inherited(from: broker)
          }
      }
    } catch {
      return error.description
    }
    let settings = ConfigValues(values: values)
    return rangeObjection(settings, broker) ?? orderObjection(settings)
  }

  /// What can be in force of stored overrides, and why the rest cannot.
  package static func legal(
    _ overrides: [String: String], broker: BrokerConfig
  ) -> (overrides: [String: String], refusals: [(name: String, reason: String)]) {
    if objection(to: overrides, broker: broker) == nil { return (overrides, []) }
    var legal: [String: String] = [:]
    var refusals: [(name: String, reason: String)] = []
    for (name, text) in overrides.sorted(by: { $0.key < $1.key }) {
      let candidate = legal.merging([name: text]) { $1 }
      if let reason = objection(to: candidate, broker: broker) {
        refusals.append((name, reason))
      } else {
        legal = candidate
      }
    }
    return (legal, refusals)
  }

  private static func rangeObjection(_ values: ConfigValues, _ broker: BrokerConfig) -> String? {
    let ranges: [(String, ClosedRange<Int64>)] = [
      ("consumer.heartbeat.interval.ms", broker.range(of: "heartbeat.interval.ms")),
      ("consumer.session.timeout.ms", broker.range(of: "session.timeout.ms")),
      ("consumer.assignment.interval.ms", 0...15_000),
      ("share.heartbeat.interval.ms", 5_000...15_000),
      ("share.session.timeout.ms", 45_000...60_000),
      ("share.record.lock.duration.ms", 15_000...60_000),
      ("share.delivery.count.limit", 2...10),
      ("share.partition.max.record.locks", 100...4_000),
      ("share.assignment.interval.ms", 0...15_000),
      ("streams.heartbeat.interval.ms", 5_000...15_000),
      ("streams.session.timeout.ms", 45_000...60_000),
      ("streams.assignment.interval.ms", 0...15_000),
    ]
    for (name, range) in ranges where !range.contains(values.long(name)) {
      return "\(name) must be in the range \(range.lowerBound) to \(range.upperBound) inclusive."
    }
    if values.long("streams.num.standby.replicas") > 2 {
      return "streams.num.standby.replicas must be less than or equal to 2"
    }
    guard let assignor = values.string("streams.assignor.name"), assignor != "sticky" else {
      return nil
    }
    return "streams.assignor.name '\(assignor)' is not a registered task assignor. Registered"
      + " assignors are: [sticky]."
  }

  private static func orderObjection(_ values: ConfigValues) -> String? {
    for kind in ["consumer", "share", "streams"] {
      let (session, heartbeat) = ("\(kind).session.timeout.ms", "\(kind).heartbeat.interval.ms")
      if values.long(session) <= values.long(heartbeat) {
        return "\(session) must be greater than \(heartbeat)"
      }
    }
    return nil
  }
}

extension BrokerConfig {
  /// Within which the broker lets a consumer group choose.
  fileprivate func range(of setting: String) -> ClosedRange<Int64> {
    let least = values.long("group.consumer.min.\(setting)")
    return least...max(least, values.long("group.consumer.max.\(setting)"))
  }
}

extension ConfigKey {
  /// What holds for a group that does not set it.
  fileprivate func inherited(from broker: BrokerConfig) -> ConfigValue? {
    synonyms.first.flatMap { broker.values.values[$0.name] } ?? defaultValue
  }
}

// MARK: - As it is described

extension GroupOverrides {
  /// Every key of a group, by name.
  package static func entries(
    of overrides: [String: String], broker: BrokerConfig
  ) -> [ConfigEntry] {
    ConfigKeys.group.sorted { $0.name < $1.name }.map { key in
      let own = overrides[key.name].flatMap { try? key.value($0) }
      var synonyms = key.synonyms.flatMap { synonym in
        ConfigKeys.brokerByName[synonym.name] != nil
          ? broker.synonyms(of: synonym.name)
          : [
            ConfigEntry.Synonym(
              name: synonym.name, value: key.defaultValue?.description, source: .default)
          ]
      }
      if let own {
        synonyms.insert(
          ConfigEntry.Synonym(name: key.name, value: own.description, source: .group), at: 0)
      }
      return ConfigEntry(
        key, value: own ?? key.inherited(from: broker), isReadOnly: false, synonyms: synonyms)
    }
  }
}
