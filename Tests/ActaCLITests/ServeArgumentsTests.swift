import ActaCLI
import Arguments
import KafkaConfig
import Logging
import Testing

@Suite("Arguments of serve") struct ServeArgumentsTests {
  private func settings(
    _ arguments: [String] = [], environment: [String: String] = [:], file: String? = nil
  ) throws -> ServeSettings {
    try parse(arguments).settings(
      environment: environment, fileText: file, hostName: "this-host")
  }

  /// As the words behind `acta serve`.
  private func parse(_ words: [String]) throws -> ServeArguments {
    let outcome = ServeArguments.command.parse(words)
    if case .refused(let error) = outcome { throw error }
    guard case .run(let invocation) = outcome else { throw NothingToRun() }
    return ServeArguments(invocation)
  }

  private struct NothingToRun: Error {}

  @Test("without arguments the defaults hold")
  func defaults() throws {
    let arguments = try parse([])
    #expect(arguments.logFormat == .auto)
    #expect(arguments.logLevel == .info)
    #expect(arguments.config == nil)
    let settings = try settings()
    #expect(settings.dataPath == "acta.db")
    #expect(settings.notices == [])
    #expect(settings.warnings == [])
    #expect(settings.config.listeners.map(\.advertisedHost) == ["127.0.0.1"])
  }

  @Test("every argument is understood")
  func all() throws {
    let arguments = try parse([
      "--data", "orders.db", "--config", "server.properties", "--listeners", "PLAINTEXT://a:1",
      "--advertised-listeners", "PLAINTEXT://b:2", "--override", "num.partitions=4", "--override",
      "log.dirs=/c", "--log-format", "json", "--log-level", "warn",
    ])
    #expect(arguments.config == "server.properties")
    #expect(arguments.logFormat == .json)
    #expect(arguments.logLevel.level == .warning)
    let settings = try arguments.settings(
      environment: ["KAFKA_NUM_PARTITIONS": "5"], fileText: "num.partitions=6",
      hostName: "this-host")
    #expect(settings.dataPath == "orders.db")
    #expect(settings.config.numPartitions == 4)
    #expect(
      settings.config.listeners == [
        Listener(name: "PLAINTEXT", host: "a", port: 1, advertisedHost: "b", advertisedPort: 2)
      ])
  }

  @Test("a flag beats an override of the same key")
  func flagBeatsOverride() throws {
    let settings = try settings([
      "--listeners", "PLAINTEXT://a:1", "--override", "listeners=PLAINTEXT://b:2",
    ])
    #expect(settings.config.listeners.map(\.host) == ["a"])
  }

  @Test(
    "the database lives in the first log directory unless a file is named",
    arguments: [
      ([], "acta.db"),
      (["--override", "log.dirs=/var/lib/acta,/other"], "/var/lib/acta/acta.db"),
      (["--override", "log.dir=data/"], "data/acta.db"),
      (["--override", "log.dirs=/x", "--data", "y.db"], "y.db"),
    ])
  func dataPath(arguments: [String], path: String) throws {
    #expect(try settings(arguments).dataPath == path)
  }

  @Test("an override may contain equals signs and be empty")
  func overrideSyntax() throws {
    let settings = try settings(["--override", "super.users=User:CN=a", "--override", "log.dirs="])
    let entry = try #require(settings.config.entries.first { $0.name == "super.users" })
    #expect(entry.value == "User:CN=a")
    #expect(settings.dataPath == "acta.db")
  }

  @Test(
    "what cannot be understood is refused with a sentence",
    arguments: [
      (
        ["--override", "num.partitions"],
        "--override takes key=value, but was given 'num.partitions'."
      ),
      (["--override", "=1"], "--override takes key=value, but was given '=1'."),
      (["--data", ""], "--data takes the name of a file."),
    ])
  func refusals(arguments: [String], sentence: String) {
    let error = #expect(throws: UsageError.self) { try parse(arguments) }
    #expect(error?.description == sentence)
  }

  @Test("a mistyped setting is refused with a hint")
  func unknownKey() {
    let error = #expect(throws: ConfigError.self) {
      try settings(["--override", "num.partition=1"])
    }
    #expect(
      error?.description
        == "Unknown configuration num.partition (command line, --override); did you mean"
        + " num.partitions?")
  }

  @Test("a malformed file is refused with its line")
  func malformedFile() {
    let error = #expect(throws: ConfigError.self) { try settings(file: "\na=\\u12") }
    #expect(
      error?.description
        == "The configuration file is malformed in line 2: Malformed \\uxxxx encoding.")
  }

  @Test("help has an example that parses, and the version is known")
  func help() throws {
    guard case .help(let path) = ServeArguments.command.parse(["--help"]) else {
      throw NothingToRun()
    }
    let help = HelpLayout(columns: 100).help(for: path)
    for flag in [
      "--data <file>", "--config <file>", "--listeners <", "--advertised-listeners <",
      "--override <key=value>", "--log-format <log-format>", "--log-level <log-level>", "--version",
    ] {
      #expect(help.contains(flag), "\(flag)")
    }
    let example = try #require(help.firstRange(of: "acta serve --data"))
    let lines = help[example.lowerBound...].split(separator: "\n").prefix(2)
    let words = lines.joined(separator: "\n").split(whereSeparator: \.isWhitespace)
      .filter { $0 != "\\" }.dropFirst(2).map(String.init)
    let settings = try settings(words)
    #expect(settings.dataPath == "orders.db")
    #expect(settings.config.numPartitions == 4)
    #expect(settings.config.listeners.map(\.host) == ["localhost"])
    guard case .version(Version.current) = ServeArguments.command.parse(["--version"]) else {
      throw NothingToRun()
    }
    #expect(Version.current == "0.1.0")
  }
}
