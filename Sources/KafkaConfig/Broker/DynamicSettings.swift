/// What is set on a broker while it runs: texts by key.
package struct DynamicSettings: Hashable, Sendable {
  /// On the broker itself.
  package var broker: [String: String]
  /// On all brokers, for those that have nothing of their own.
  package var defaults: [String: String]

  package init(broker: [String: String] = [:], defaults: [String: String] = [:]) {
    self.broker = broker
    self.defaults = defaults
  }

  package var isEmpty: Bool { broker.isEmpty && defaults.isEmpty }
}

extension DynamicSettings {
  /// Where a broker's keys can be set while it runs.
  package enum Scope: Sendable {
    case broker
    case defaults
  }

  package subscript(scope: Scope) -> [String: String] {
    get { scope == .broker ? broker : defaults }
    set { if scope == .broker { broker = newValue } else { defaults = newValue } }
  }

  /// Throws when there is a key that cannot be set so, in Kafka's words; values are not looked at.
  package static func check(
    _ names: some Collection<String>, in scope: Scope
  ) throws(ConfigError) {
    let known = names.sorted()
    let fixed = known.filter { isFixed($0) && !(scope == .defaults && isOfOneBroker($0)) }
    guard fixed.isEmpty else {
      throw .conflict(
        "Cannot update these configs dynamically: \(ConfigValue.list(fixed).inSentence)")
    }
    let single = known.filter { scope == .defaults && isOfOneBroker($0) }
    guard single.isEmpty else {
      throw .conflict(
        "Cannot update these configs at default cluster level, broker id must be specified: "
          + ConfigValue.list(single).inSentence)
    }
    for name in known where ConfigKeys.brokerByName[name] == nil && !isElsewhere(name) {
      throw .unknownKey(
        name, origin: .runtime, nearest: NearestKey.suggestion(for: name))
    }
  }

  /// Listeners are bound at the start, and nothing of them changes afterwards.
  private static func isFixed(_ name: String) -> Bool {
    guard let key = ConfigKeys.brokerByName[name] else {
      return ToleratedKeys.contains(name) && !isElsewhere(name)
    }
    return key.update != .clusterWide
  }

  private static func isOfOneBroker(_ name: String) -> Bool {
    ConfigKeys.brokerByName[name]?.update == .perBroker
  }

  /// Keys that Kafka takes at run time and that mean nothing here: kept and otherwise ignored.
  private static func isElsewhere(_ name: String) -> Bool {
    prefixesElsewhere.contains { name.hasPrefix($0) }
  }

  private static let prefixesElsewhere = [
    "remote.", "leader.replication.throttled.", "follower.replication.throttled.",
    "replica.alter.log.dirs.io.",
  ]
}

extension BrokerConfig {
  /// The same broker with other settings of its run time.
  package func with(_ dynamic: DynamicSettings) throws(ConfigError) -> BrokerConfig {
    try BrokerConfig(texts, dynamic: dynamic, hostName: hostName)
  }

  /// The same, with as much of it as can be in force, and what cannot, each with a reason. Stored
  /// settings may be of another version, or of an operator's at the table.
  package func withLegal(
    _ dynamic: DynamicSettings
  ) -> (
    config: BrokerConfig, refusals: [(scope: DynamicSettings.Scope, name: String, reason: String)]
  ) {
    if let config = try? with(dynamic) { return (config, []) }
    var refusals: [(scope: DynamicSettings.Scope, name: String, reason: String)] = []
    var legal = DynamicSettings()
    guard var config = try? with(legal) else { return (self, []) }
    for scope in [DynamicSettings.Scope.defaults, .broker] {
      for (name, text) in dynamic[scope].sorted(by: { $0.key < $1.key }) {
        var candidate = legal
        candidate[scope][name] = text
        do throws(ConfigError) {
          config = try with(candidate)
          legal = candidate
        } catch {
          refusals.append((scope, name, error.description))
        }
      }
    }
    return (config, refusals)
  }
}
