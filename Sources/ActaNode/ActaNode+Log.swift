import Logging

extension ActaNode {
  /// How grave it is what a node says.
  public enum LogLevel: Int, Comparable, CaseIterable, Sendable {
    case debug, info, warning, error

    public static func < (lhs: Self, rhs: Self) -> Bool { lhs.rawValue < rhs.rawValue }
  }

  /// A program's function as the sink of our loggers.
  struct LogFunction: LogSink {
    let log: @Sendable (LogLevel, String) -> Void

    func write(_ event: LogEvent) {
      let level: LogLevel =
        switch event.level {
        case .trace, .debug: .debug
        case .info: .info
        case .warning: .warning
        case .error, .critical: .error
        }
      log(level, event.message)
    }
  }
}
