// Saying what happens: who speaks, how grave it is, the sentence, and facts beside it. This module
// knows neither how lines look nor where they go; that is the sink's affair. There is no logger for
// everyone: whoever is to log is given one.

/// A value to log with: copies share the sink, each has its own component, level and metadata.
package struct Logger: Sendable {
  package enum Level: Int, Comparable, CaseIterable, Sendable {
    case trace, debug, info, warning, error, critical

    package static func < (lhs: Self, rhs: Self) -> Bool { lhs.rawValue < rhs.rawValue }
  }

  /// Who speaks.
  package private(set) var component: String
  /// The least level that is logged, unless there are `levels`.
  package var level: Level
  /// Levels that may change, shared by all copies.
  package let levels: LogLevels?
  private var metadata: [String: String] = [:]
  private let sink: any LogSink

  package init(component: String, level: Level = .info, sink: any LogSink) {
    self.component = component
    self.level = level
    self.sink = sink
    levels = nil
  }

  package init(component: String, levels: LogLevels, sink: any LogSink) {
    self.component = component
    level = .trace
    self.sink = sink
    self.levels = levels
  }

  /// A logger whose events are dropped.
  package static var disabled: Logger {
    Logger(component: "disabled", level: .critical, sink: NoLog())
  }

  /// A fact that goes with every event of this logger.
  package subscript(metadataKey key: String) -> String? {
    get { metadata[key] }
    set { metadata[key] = newValue }
  }

  /// The same logger, spoken by another component.
  package func with(component: String) -> Logger {
    var logger = self
    logger.component = component
    return logger
  }

  /// Neither the message nor its metadata is built unless the level is logged. The event's own
  /// metadata wins over the logger's.
  package func log(
    _ level: Level, _ message: @autoclosure () -> String,
    metadata: @autoclosure () -> [String: String] = [:]
  ) {
    guard level >= levels?[component] ?? self.level else { return }
    sink.write(
      LogEvent(
        level: level, component: component, message: message(),
        metadata: self.metadata.merging(metadata()) { $1 }))
  }
}

extension Logger {
  package func trace(
    _ message: @autoclosure () -> String, metadata: @autoclosure () -> [String: String] = [:]
  ) {
    log(.trace, message(), metadata: metadata())
  }

  package func debug(
    _ message: @autoclosure () -> String, metadata: @autoclosure () -> [String: String] = [:]
  ) {
    log(.debug, message(), metadata: metadata())
  }

  package func info(
    _ message: @autoclosure () -> String, metadata: @autoclosure () -> [String: String] = [:]
  ) {
    log(.info, message(), metadata: metadata())
  }

  package func warning(
    _ message: @autoclosure () -> String, metadata: @autoclosure () -> [String: String] = [:]
  ) {
    log(.warning, message(), metadata: metadata())
  }

  package func error(
    _ message: @autoclosure () -> String, metadata: @autoclosure () -> [String: String] = [:]
  ) {
    log(.error, message(), metadata: metadata())
  }

  package func critical(
    _ message: @autoclosure () -> String, metadata: @autoclosure () -> [String: String] = [:]
  ) {
    log(.critical, message(), metadata: metadata())
  }
}
