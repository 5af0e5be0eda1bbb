/// Where events go. Called on whichever thread logs, on several at once.
package protocol LogSink: Sendable {
  func write(_ event: LogEvent)
}

/// Something that was logged.
package struct LogEvent: Hashable, Sendable {
  package let level: Logger.Level
  package let component: String
  package let message: String
  /// The logger's and the event's own.
  package let metadata: [String: String]

  package init(
    level: Logger.Level, component: String, message: String, metadata: [String: String] = [:]
  ) {
    self.level = level
    self.component = component
    self.message = message
    self.metadata = metadata
  }
}

/// A sink that drops everything.
package struct NoLog: LogSink {
  package init() {}

  package func write(_ event: LogEvent) {}
}
