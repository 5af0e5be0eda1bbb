package import KafkaConfig

/// What a starting server says, as messages for the log.
package struct StartMessage: Hashable, Sendable {
  /// Who says it, as the log names it.
  package let component: String
  package let text: String
}

extension StartMessage {
  /// Who serves what to whom.
  ///
  /// - Parameter ports: The bound port of each listener, by name.
  package static func banner(
    sqliteVersion: String, dataPath: String, listeners: [Listener], ports: [String: Int]
  ) -> [StartMessage] {
    var lines = ["Acta \(Version.current), SQLite \(sqliteVersion)", "Data file \(dataPath)"]
    lines += listeners.map { listener in
      let port = ports[listener.name] ?? listener.port
      let told = address(listener.advertisedHost, listener.advertisedPort(bound: port))
      let bound =
        listener.host.isEmpty ? "every interface, port \(port)" : address(listener.host, port)
      return "Listener \(listener.name) on \(bound); clients are told \(told)"
    }
    return lines.map { StartMessage(component: "acta", text: $0) }
  }

  /// The lines by which scripts and test containers recognise a Kafka broker that is ready.
  package static func ready(nodeID: Int32) -> [StartMessage] {
    [
      StartMessage(
        component: "kafka.server.BrokerLifecycleManager",
        text: "[BrokerLifecycleManager id=\(nodeID)] The broker has been unfenced."
          + " Transitioning from RECOVERY to RUNNING."),
      StartMessage(
        component: "kafka.server.KafkaRaftServer",
        text: "[KafkaRaftServer nodeId=\(nodeID)] Kafka Server started"),
    ]
  }

  private static func address(_ host: String, _ port: Int) -> String {
    host.contains(":") ? "[\(host)]:\(port)" : "\(host):\(port)"
  }
}
