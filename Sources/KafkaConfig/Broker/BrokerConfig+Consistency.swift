extension BrokerConfig {
  /// What no single key can tell.
  static func checkConsistency(
    _ values: ConfigValues, topicDefaults: [String: ConfigValue]
  ) throws(ConfigError) {
    guard topicDefaults["retention.ms"] != 0 else {
      throw .conflict(
        "log.retention.ms must be unlimited (-1) or, greater than or equal to 1")
    }
    if let objection = TopicConfig.compactionLagObjection(topicDefaults) {
      throw .conflict(objection)
    }
    for (greater, smaller) in ordered where values.long(greater) < values.long(smaller) {
      throw .conflict("\(greater) must be greater than or equal to \(smaller)")
    }
    guard values.string("authorizer.class.name") ?? "" == "" else {
      throw .conflict(
        "authorizer.class.name asks for access control, which there is none of yet; a broker that"
          + " let everybody in would not be what the configuration says. Remove the key.")
    }
  }

  /// Keys of which the first may not be below the second.
  private static let ordered = [
    ("group.max.session.timeout.ms", "group.min.session.timeout.ms"),
    ("group.consumer.max.heartbeat.interval.ms", "group.consumer.min.heartbeat.interval.ms"),
    ("group.consumer.heartbeat.interval.ms", "group.consumer.min.heartbeat.interval.ms"),
    ("group.consumer.max.heartbeat.interval.ms", "group.consumer.heartbeat.interval.ms"),
    ("group.consumer.max.session.timeout.ms", "group.consumer.min.session.timeout.ms"),
    ("group.consumer.session.timeout.ms", "group.consumer.min.session.timeout.ms"),
    ("group.consumer.max.session.timeout.ms", "group.consumer.session.timeout.ms"),
  ]

  /// Sentences for the log about settings that hold and may not be what was meant.
  package var warnings: [String] {
    var warnings: [String] = []
    if values.list("process.roles") == ["controller"] {
      warnings.append(
        "process.roles names only the controller; this process serves clients nevertheless")
    }
    for listener in listeners where !listener.isLoopback {
      warnings.append(
        "listener \(listener.name) lets everybody in who can reach"
          + " \(listener.host.isEmpty ? "this machine" : listener.host): there is no"
          + " authentication and no encryption yet")
    }
    return warnings
  }
}
