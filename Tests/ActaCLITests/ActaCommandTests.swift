import ActaCLI
import Testing

@Suite("Command line of acta") struct ActaCommandTests {
  private func answer(_ words: String...) throws -> String {
    guard case .answer(let text) = ActaCommand(words, columns: 80) else { throw Unexpected() }
    return text
  }

  private func refusal(_ words: [String]) throws -> String {
    guard case .refusal(let text) = ActaCommand(words, columns: 80) else { throw Unexpected() }
    return text
  }

  private struct Unexpected: Error {}

  private static let help = """
    OVERVIEW: Kafka in one SQLite file.

    USAGE: acta <subcommand>

    OPTIONS:
      --version               Show the version.
      -h, --help              Show help information.

    SUBCOMMANDS:
      serve                   Serve Kafka clients from one SQLite file.

      See 'acta help <subcommand>' for detailed help.

    """

  private static let serveHelp = """
    OVERVIEW: Serve Kafka clients from one SQLite file.

    Settings come from the command line, then from KAFKA_… environment variables (as
    with Kafka's container images: KAFKA_NUM_PARTITIONS is num.partitions), then
    from the configuration file, then from Kafka's defaults. A server.properties
    written for Kafka works as it is; settings that mean nothing here are named in
    the log.

    Example: keep everything in orders.db and create topics with four partitions:
      acta serve --data orders.db --listeners PLAINTEXT://localhost:9092 \\
        --override num.partitions=4

    USAGE: acta serve [--data <file>] [--config <file>]
                      [--listeners <name://host:port>]
                      [--advertised-listeners <name://host:port>]
                      [--override <key=value> ...] [--log-format <log-format>]
                      [--log-level <log-level>]

    OPTIONS:
      --data <file>           The database file; created if it does not exist.
                              (default: acta.db in the first directory of log.dirs,
                              else in the current directory)
      --config <file>         A properties file with Kafka's broker settings.
      --listeners <name://host:port>
                              Addresses to listen on, separated by commas; an empty
                              host is every interface, port 0 lets the system
                              choose. (default: PLAINTEXT://127.0.0.1:9092)
      --advertised-listeners <name://host:port>
                              Addresses that clients are told to connect to.
      --override <key=value>  A setting that beats file and environment; repeatable.
      --log-format <log-format>
                              What log lines look like; auto is text at a terminal
                              and JSON otherwise. (values: auto, text, json;
                              default: auto)
      --log-level <log-level> The least level that is logged. (values: trace, debug,
                              info, warn, error; default: info)
      --version               Show the version.
      -h, --help              Show help information.

    """

  @Test("without words, acta says what it is; so does help")
  func help() throws {
    #expect(try answer() == Self.help)
    #expect(try answer("--help") == Self.help)
    #expect(try answer("-h") == Self.help)
    #expect(try answer("help") == Self.help)
    #expect(try answer("--help", "serve") == Self.help)
  }

  @Test("serve explains itself")
  func serveHelp() throws {
    #expect(try answer("serve", "--help") == Self.serveHelp)
    #expect(try answer("serve", "-h") == Self.serveHelp)
    #expect(try answer("help", "serve") == Self.serveHelp)
    #expect(try answer("serve", "--dta", "x", "--help") == Self.serveHelp)
  }

  @Test("the version is a line of its own")
  func version() throws {
    #expect(try answer("--version") == "\(Version.current)\n")
    #expect(try answer("serve", "--version") == "\(Version.current)\n")
    #expect(try answer("help", "--version") == "\(Version.current)\n")
  }

  @Test("serve is what acta does")
  func serve() throws {
    guard case .serve(let arguments) = ActaCommand(["serve", "--data", "a.db"], columns: 80) else {
      throw Unexpected()
    }
    #expect(arguments.data == "a.db")
  }

  @Test("a refusal is a sentence, how it would be right, and where help is")
  func refusals() throws {
    #expect(
      try refusal(["serve", "--dta", "x"]) == """
        Error: Unknown option '--dta'; did you mean --data?
        Usage: acta serve [--data <file>] [--config <file>]
                          [--listeners <name://host:port>]
                          [--advertised-listeners <name://host:port>]
                          [--override <key=value> ...] [--log-format <log-format>]
                          [--log-level <log-level>]
          See 'acta serve --help' for more information.

        """)
    #expect(
      try refusal(["nonsense"]) == """
        Error: Unknown subcommand 'nonsense'.
        Usage: acta <subcommand>
          See 'acta --help' for more information.

        """)
  }

  @Test(
    "what was meant is said where it can be guessed",
    arguments: [
      (["serv"], "Unknown subcommand 'serv'; did you mean serve?"),
      (["hlep"], "Unknown subcommand 'hlep'; did you mean help?"),
      (["help", "nonsense"], "Unknown subcommand 'nonsense'."),
      (["--verson"], "Unknown option '--verson'; did you mean --version?"),
      (["serve", "extra"], "Unexpected argument 'extra'."),
      (["serve", "-x"], "Unknown option '-x'."),
      (["serve", "-data", "x"], "Unknown option '-data'; did you mean --data?"),
      (
        ["serve", "--log", "x"],
        "Ambiguous option '--log'; did you mean --log-format or --log-level?"
      ),
      (["serve", "--data"], "Missing value for --data <file>."),
      (
        ["serve", "--data", "--config", "x"],
        "Missing value for --data <file>; if it is '--config', write --data=--config."
      ),
      (
        ["serve", "--log-level", "wrn"],
        "--log-level takes trace, debug, info, warn or error, but was given 'wrn'; did you mean"
          + " warn?"
      ),
      (
        ["serve", "--log-format=xml"],
        "--log-format takes auto, text or json, but was given 'xml'."
      ),
      (["serve", "--log-level", ""], "--log-level takes trace, debug, info, warn or error."),
      (["serve", "--config", ""], "--config takes the name of a file."),
    ])
  func guesses(words: [String], sentence: String) throws {
    #expect(try refusal(words).hasPrefix("Error: \(sentence)\nUsage: acta"))
  }

  @Test("of an option that is given twice the last one counts, as scripts rely on")
  func twice() throws {
    guard
      case .serve(let arguments) = ActaCommand(
        ["serve", "--data", "a.db", "--data=b.db", "--dat", "c.db"], columns: 80)
    else { throw Unexpected() }
    #expect(arguments.data == "c.db")
  }
}
