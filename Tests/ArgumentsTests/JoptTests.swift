import Arguments
import Testing

/// What jopt-simple prints for the same declarations, run once and copied.
@Suite("Words and help as jopt-simple has them") struct JoptTests {
  private static let server = Option(
    "bootstrap-server", takes: .text, valueName: "server to connect to",
    help: "REQUIRED: The Kafka server to connect to.")
  private static let topic = Option("topic", takes: .text, valueName: "topic", help: "One topic.")
  private static let count = Option<Int32?>(
    "partitions", takes: .integer, valueName: "# of partitions", help: "How many.")
  private static let list = Option(flag: "list", help: "List.")
  private static let state = Option(
    optionalValue: "state", takes: .text, valueName: "", help: "It.")
  private static let configs = Option(
    repeatable: "config", takes: .text, valueName: "name=value", help: "A setting.")

  private static let command = Command(
    name: "tool", abstract: "It does.", discussion: "This tool does it.", version: "4.4.0",
    dialect: .jopt, options: [server, topic, count, list, state, configs],
    rules: [.requires([server]), .excludes(count, [list])])

  private func run(_ words: String...) throws -> Invocation {
    try invocation(of: Self.command, ["--bootstrap-server", "h:1"] + words)
  }

  private func complaint(_ words: String...) -> String? {
    guard case .refused(let error) = Self.command.parse(words) else { return nil }
    return Answer(error, columns: 80).text
  }

  @Test("a value is whatever comes next, or stands behind an equals sign")
  func values() throws {
    #expect(try run("--topic", "--list")[Self.topic] == "--list")
    #expect(try run("--topic=a=b")[Self.topic] == "a=b")
    #expect(try run("--topic=", "a")[Self.topic] == "a")
    #expect(try run("--partitions", "-1")[Self.count] == -1)
    #expect(try run("--config", "a", "--config=b")[Self.configs] == ["a", "b"])
  }

  @Test("one dash is as good as two; a flag's value and words beside options mean nothing")
  func lenience() throws {
    #expect(try run("-list")[Self.list])
    #expect(try run("--list=3", "beside")[Self.list])
  }

  @Test("an optional value is not taken from what looks like an option")
  func optionalValues() throws {
    #expect(try run("--list")[Self.state] == .absent)
    #expect(try run("--state", "--list")[Self.state] == .withoutValue)
    #expect(try run("--state")[Self.state] == .withoutValue)
    #expect(try run("--state", "Stable")[Self.state] == .value("Stable"))
  }

  @Test("the order in which options came can be asked for")
  func order() throws {
    #expect(
      try run("--config", "a", "--list", "--config", "b").order
        == ["bootstrap-server", "config", "list", "config"])
  }

  @Test("words that cannot be read are a sentence alone")
  func unreadable() {
    #expect(complaint("--lis") == "lis is not a recognized option\n")
    #expect(complaint("--foo=1") == "foo is not a recognized option\n")
    #expect(complaint("-foo") == "f is not a recognized option\n")
    #expect(complaint("--topic") == "Option topic requires an argument\n")
  }

  @Test("rules come before values, and are a sentence with the options")
  func rules() {
    let table = "\nOption  "
    #expect(
      complaint("--list", "--partitions", "x")?
        .hasPrefix("Missing required argument \"[bootstrap-server]\"" + table) == true)
    #expect(
      complaint("--bootstrap-server", "h", "--list", "--partitions", "x")?.hasPrefix(
        "Option \"[partitions]\" can't be used with option \"[list]\"" + table) == true)
    #expect(
      complaint("--bootstrap-server", "h", "--partitions", "x")
        == "Cannot parse argument 'x' of option partitions\n")
    #expect(
      complaint("--bootstrap-server", "h", "--topic", "a", "--topic", "b")
        == "Found multiple arguments for option topic, but you asked for only one\n")
  }

  @Test(
    "without words it says what it does; help is two columns on standard error, with exit code 1")
  func help() throws {
    #expect(complaint()?.hasPrefix("It does.\nOption") == true)
    guard case .help(let path) = Self.command.parse(["--help"]) else { throw NothingToRun() }
    let answer = Answer(help: path, columns: 200)
    #expect(answer.isComplaint && answer.exitCode == 1)
    let lines = answer.text.split(separator: "\n").map(String.init)
    #expect(
      lines.prefix(9) == [
        "This tool does it.",
        "Option                                   Description                          ",
        "------                                   -----------                          ",
        "--bootstrap-server <String: server to    REQUIRED: The Kafka server to connect",
        "  connect to>                              to.                                ",
        "--config <String: name=value>            A setting.                           ",
        "--help                                   Print usage information.             ",
        "--list                                   List.                                ",
        "--partitions <Integer: # of partitions>  How many.                            ",
      ])
    #expect(lines[9].hasPrefix("--state [String]  "))
  }
}
