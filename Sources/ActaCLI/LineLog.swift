package import Logging

/// Writes each event as one line of text or JSON to standard output, where Kafka logs too and where
/// scripts wait for the lines that say it is ready.
package struct LineLog: LogSink {
  private let format: LogFormat
  private let clock: @Sendable () -> Int64
  private let output: @Sendable (String) -> Void

  /// - Parameters:
  ///   - clock: Epoch milliseconds.
  ///   - output: Takes a line with its line feed; it must write it whole.
  package init(
    format: LogFormat, clock: @escaping @Sendable () -> Int64 = LogOutput.now,
    output: @escaping @Sendable (String) -> Void = { LogOutput.write($0) }
  ) {
    self.format = format.resolved(isTerminal: LogOutput.isTerminal)
    self.clock = clock
    self.output = output
  }

  package func write(_ event: LogEvent) {
    let line = LogLine(
      milliseconds: clock(), level: event.level, component: event.component,
      message: event.message, metadata: event.metadata)
    let text =
      format == .json
      ? line.json() : line.text(utcOffsetSeconds: LogOutput.utcOffsetSeconds(line.milliseconds))
    output(text + "\n")
  }
}
