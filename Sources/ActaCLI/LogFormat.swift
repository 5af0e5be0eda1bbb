package import Logging

/// How log lines look, as `--log-format` says it.
package enum LogFormat: String, CaseIterable, Sendable {
  /// Text for people at a terminal, JSON for whatever else reads it.
  case auto
  case text
  case json

  package func resolved(isTerminal: Bool) -> LogFormat {
    self == .auto ? (isTerminal ? .text : .json) : self
  }
}

/// The least level that is logged, as `--log-level` says it.
package enum LogLevel: String, CaseIterable, Sendable {
  case trace, debug, info, warn, error

  package var level: Logger.Level {
    switch self {
    case .trace: .trace
    case .debug: .debug
    case .info: .info
    case .warn: .warning
    case .error: .error
    }
  }
}
