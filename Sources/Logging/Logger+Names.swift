extension Logger.Level {
  /// Kafka's names, which people search for.
  package var kafkaName: String {
    switch self {
    case .trace: "TRACE"
    case .debug: "DEBUG"
    case .info: "INFO"
    case .warning: "WARN"
    case .error: "ERROR"
    case .critical: "FATAL"
    }
  }

  /// `nil` where Kafka has no such name.
  package init?(kafkaName: String) {
    guard let level = Self.allCases.first(where: { $0.kafkaName == kafkaName }) else { return nil }
    self = level
  }
}
