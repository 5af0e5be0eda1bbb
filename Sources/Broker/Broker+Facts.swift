import KafkaConfig
import LogStorage

extension Broker {
  /// Keys of the configuration that say what a broker is. Clients and tools read them to learn it, so
  /// they tell what is, whatever was set: one process with both roles, at the addresses that clients are
  /// told, on one database, of which there is one copy.
  var facts: [String: String] {
    var facts = [
      "process.roles": "broker,controller", "log.dirs": directory,
      "advertised.listeners": advertisedListeners,
    ]
    for key in Self.replicationKeys { facts[key] = "1" }
    return facts
  }

  private static let replicationKeys = [
    "offsets.topic.replication.factor", "transaction.state.log.replication.factor",
    "transaction.state.log.min.isr", "share.coordinator.state.topic.replication.factor",
    "share.coordinator.state.topic.min.isr",
  ]

  /// Where the database is.
  private var directory: String {
    let path = storage.identity.location
    guard let slash = path.lastIndex(of: "/") else { return path }
    return slash == path.startIndex ? "/" : String(path[..<slash])
  }

  private var advertisedListeners: String {
    let endpoints = advertised
    return config.listeners.compactMap { listener in
      endpoints[listener.name].map { "\(listener.name)://\($0)" }
    }.joined(separator: ",")
  }
}
