/// The `KAFKA_…` variables of Kafka's container images as configuration keys.
///
/// `KAFKA_LOG_RETENTION_MS` is `log.retention.ms`; two underscores are one, three are a dash.
package enum EnvironmentSettings {
  private static let prefix = "KAFKA_"

  /// What underscores stand for; the longest is looked for first.
  private static let underscores: KeyValuePairs = ["___": "-", "__": "_", "_": "."]

  /// Variables for the image's scripts and the JVM.
  private static let excluded: Set<String> = [
    "KAFKA_VERSION", "KAFKA_HEAP_OPTS", "KAFKA_LOG4J_OPTS", "KAFKA_OPTS", "KAFKA_JMX_OPTS",
    "KAFKA_JVM_PERFORMANCE_OPTS", "KAFKA_GC_LOG_OPTS", "KAFKA_LOG4J_ROOT_LOGLEVEL",
    "KAFKA_LOG4J_LOGGERS", "KAFKA_TOOLS_LOG4J_LOGLEVEL", "KAFKA_JMX_HOSTNAME",
  ]

  /// The key that a variable sets; `nil` for variables that set none.
  package static func key(for variable: String) -> String? {
    guard variable.hasPrefix(prefix), variable != prefix, !excluded.contains(variable) else {
      return nil
    }
    var key = ""
    var rest = variable.dropFirst(prefix.count).lowercased()[...]
    while let first = rest.first {
      let written = underscores.first { rest.hasPrefix($0.key) }
      key += written?.value ?? String(first)
      rest = rest.dropFirst(written?.key.count ?? 1)
    }
    return key
  }
}
