import ActaCLI
package import Logging

extension Console {
  /// A line on standard error as Kafka's tools log it: `[2026-01-01 12:00:00,123] WARN text (logger)`.
  ///
  /// - Parameter logger: The name of Java's class that would say it.
  package func log(_ level: Logger.Level, _ text: String, logger: String) {
    let line = LogLine(
      milliseconds: LogOutput.now(), level: level, component: logger, message: text)
    errors.write(line.text(utcOffsetSeconds: LogOutput.utcOffsetSeconds(line.milliseconds)) + "\n")
  }
}
