import Logging

/// Writes each event as one line of text or JSON to standard output, where Kafka logs too and where
/// scripts wait for the lines that say it is ready.
package struct LineLogHandler: LogHandler {
  package var logLevel: Logger.Level
  package var metadata: Logger.Metadata = [:]
  package var metadataProvider: Logger.MetadataProvider?
  private let label: String
  private let format: LogFormat
  private let clock: @Sendable () -> Int64
  private let write: @Sendable (String) -> Void

  /// - Parameters:
  ///   - clock: Epoch milliseconds.
  ///   - write: Takes a line with its line feed; it must write it whole.
  package init(
    label: String, format: LogFormat, level: Logger.Level,
    clock: @escaping @Sendable () -> Int64 = LogOutput.now,
    write: @escaping @Sendable (String) -> Void = LogOutput.write
  ) {
    self.label = label
    self.format = format.resolved(isTerminal: LogOutput.isTerminal)
    logLevel = level
    self.clock = clock
    self.write = write
  }

  package func log(event: LogEvent) {
    let line = LogLine(
      milliseconds: clock(), level: event.level, component: label, message: "\(event.message)",
      metadata: metadata(of: event))
    let text =
      format == .json
      ? line.json() : line.text(utcOffsetSeconds: LogOutput.utcOffsetSeconds(line.milliseconds))
    write(text + "\n")
  }

  package subscript(metadataKey key: String) -> Logger.Metadata.Value? {
    get { metadata[key] }
    set { metadata[key] = newValue }
  }

  private func metadata(of event: LogEvent) -> [String: String] {
    var merged = metadata
    if let provided = metadataProvider?.get() { merged.merge(provided) { $1 } }
    if let own = event.metadata { merged.merge(own) { $1 } }
    var texts = merged.mapValues { "\($0)" }
    if let error = event.error { texts["error"] = "\(error)" }
    return texts
  }
}
