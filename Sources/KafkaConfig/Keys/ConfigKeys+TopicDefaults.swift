extension ConfigKeys {
  /// The broker's keys that stand in for topics without a value of their own. Most are a topic's key
  /// under another name, with its type, default and limits, and can change at run time.
  static let topicDefaults: [ConfigKey] = topic.compactMap { key in
    guard let synonym = key.synonyms.first else { return nil }
    return ConfigKey(
      // Where other synonyms follow, the last of them holds the default.
      synonym.name, key.type, key.synonyms.count > 1 ? nil : key.defaultValue,
      checksOfTheirOwn[synonym.name] ?? key.check, update: .clusterWide,
      "For topics that do not set \(key.name): " + key.documentation)
  }

  /// Kafka refuses a retention of zero, but only after it has chosen among the units, and takes any
  /// negative number for "no limit".
  private static let checksOfTheirOwn: [String: ConfigCheck] = ["log.retention.ms": .none]

  /// The coarser forms of times, which are fixed at start.
  static let logTimes: [ConfigKey] = [
    ConfigKey(
      "log.retention.minutes", .int, nil,
      "As log.retention.ms, in minutes; used if that is not set."),
    ConfigKey(
      "log.retention.hours", .int, 168,
      "As log.retention.ms, in hours; used if neither that nor log.retention.minutes is set."),
    ConfigKey(
      "log.roll.hours", .int, 168, .atLeast(1), "As log.roll.ms, in hours; used if that is not set."
    ),
    ConfigKey(
      "log.roll.jitter.hours", .int, 0, .atLeast(0),
      "As log.roll.jitter.ms, in hours; used if that is not set."),
    ConfigKey(
      "log.flush.scheduler.interval.ms", .long, .integer(.max),
      "How often Kafka looks for logs to sync, in milliseconds; used if log.flush.interval.ms is not"
        + " set."),
  ]
}
