/// How grave something is that a log says of itself.
package enum LogLevel: Sendable, Equatable {
  case debug
  case info
  case warning
  case error
}
