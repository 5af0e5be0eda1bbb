import Logging
import Synchronization
import Testing

@Suite("Logger") struct LoggerTests {
  private final class Recorder: LogSink {
    private let recorded = Mutex<[LogEvent]>([])

    var events: [LogEvent] { recorded.withLock { $0 } }

    func write(_ event: LogEvent) { recorded.withLock { $0.append(event) } }
  }

  private let recorder = Recorder()

  private func logger(_ level: Logger.Level = .info) -> Logger {
    Logger(component: "server", level: level, sink: recorder)
  }

  @Test("levels rise from trace to critical")
  func order() {
    let rising: [Logger.Level] = [.trace, .debug, .info, .warning, .error, .critical]
    #expect(Logger.Level.allCases == rising)
    #expect(rising.shuffled().sorted() == rising)
  }

  @Test("what is below the level is not logged", arguments: Logger.Level.allCases)
  func threshold(least: Logger.Level) {
    for level in Logger.Level.allCases { logger(least).log(level, "\(level)") }
    #expect(recorder.events.map(\.level) == Logger.Level.allCases.filter { $0 >= least })
  }

  @Test("each shorthand logs at its own level")
  func shorthands() {
    let logger = logger(.trace)
    logger.trace("trace", metadata: ["a": "1"])
    logger.debug("debug", metadata: ["a": "2"])
    logger.info("info", metadata: ["a": "3"])
    logger.warning("warning", metadata: ["a": "4"])
    logger.error("error", metadata: ["a": "5"])
    logger.critical("critical", metadata: ["a": "6"])
    #expect(recorder.events.map(\.level) == Logger.Level.allCases)
    #expect(recorder.events.map(\.message) == Logger.Level.allCases.map { "\($0)" })
    #expect(recorder.events.map { $0.metadata["a"] } == (1...6).map { "\($0)" })
    #expect(recorder.events.allSatisfy { $0.component == "server" })
  }

  @Test("a message that is not logged is not built, nor is its metadata")
  func laziness() {
    var built = 0
    func text() -> String {
      built += 1
      return "text"
    }
    logger().debug(text(), metadata: ["key": text()])
    #expect(built == 0)
    logger().info(text(), metadata: ["key": text()])
    #expect(built == 2)
  }

  @Test("the event's metadata wins over the logger's")
  func metadata() {
    var logger = logger()
    #expect(logger[metadataKey: "client"] == nil)
    logger[metadataKey: "client"] = "one"
    logger[metadataKey: "listener"] = "PLAINTEXT"
    logger.info("m", metadata: ["client": "two", "topic": "orders"])
    logger[metadataKey: "listener"] = nil
    logger.info("m")
    #expect(logger[metadataKey: "client"] == "one")
    #expect(
      recorder.events.map(\.metadata) == [
        ["client": "two", "listener": "PLAINTEXT", "topic": "orders"], ["client": "one"],
      ])
  }

  @Test("a logger of another component shares level, metadata and sink, and is a value")
  func component() {
    var original = logger(.warning)
    original[metadataKey: "a"] = "1"
    var other = original.with(component: "storage")
    other[metadataKey: "a"] = "2"
    other.info("not seen")
    other.warning("seen")
    original.warning("seen too")
    #expect(other.level == .warning)
    #expect(
      recorder.events == [
        LogEvent(level: .warning, component: "storage", message: "seen", metadata: ["a": "2"]),
        LogEvent(level: .warning, component: "server", message: "seen too", metadata: ["a": "1"]),
      ])
  }

  @Test("a logger that is disabled builds nothing below critical")
  func disabled() {
    var isBuilt = false
    func text() -> String {
      isBuilt = true
      return "text"
    }
    Logger.disabled.error(text())
    #expect(!isBuilt)
    Logger(component: "server", sink: NoLog()).info(text())
    #expect(isBuilt)
  }
}

@Suite("Levels that change") struct LogLevelsTests {
  @Test("a component's own level beats that of everybody, until it is taken back")
  func levels() {
    let levels = LogLevels(.info)
    #expect(levels["acta"] == .info)
    levels.set(.debug, of: "acta")
    #expect(levels["acta"] == .debug)
    #expect(levels["other"] == .info)
    levels.root = .error
    #expect(levels["other"] == .error)
    levels.set(nil, of: "acta")
    #expect(levels["acta"] == .error)
  }

  @Test("Kafka's names stand for levels, in capital letters")
  func names() {
    for level in Logger.Level.allCases {
      #expect(Logger.Level(kafkaName: level.kafkaName) == level)
    }
    #expect(Logger.Level(kafkaName: "info") == nil)
  }
}
