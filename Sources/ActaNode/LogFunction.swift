import Logging

/// A program's function as the sink of our loggers.
struct LogFunction: LogSink {
  let log: @Sendable (ActaNode.LogLevel, String) -> Void

  func write(_ event: LogEvent) {
    let level: ActaNode.LogLevel =
      switch event.level {
      case .trace, .debug: .debug
      case .info: .info
      case .warning: .warning
      case .error, .critical: .error
      }
    log(level, event.message)
  }
}
