import Arguments
import Testing

/// What argparse4j prints for the same declarations, run once and copied.
@Suite("Words and help as argparse4j has them") struct ArgparseTests {
  private static let server = Option(
    "bootstrap-server", short: "b", takes: .text,
    help: "A list of host/port pairs to use for establishing the connection to the Kafka cluster.")
  private static let controller = Option(
    "bootstrap-controller", short: "C", takes: .text,
    help:
      "A list of host/port pairs to use for establishing the connection to the KRaft controllers.")
  private static let file = Option(
    "command-config", short: "c", takes: .text, help: "Config properties file for the Admin client."
  )
  private static let id = Option<Int32>(
    required: "id", short: "i", takes: .integer, help: "The ID of the broker to unregister.")

  private static func command(_ options: [any DeclaredOption], _ name: String) -> Command {
    Command(
      name: name, abstract: "Get information about the api versions of the brokers or controllers.",
      dialect: .argparse, options: options,
      rules: [.oneOf([server, controller], isRequired: true)])
  }

  private static let program = Command(
    name: "kafka-cluster", abstract: "The Kafka cluster tool.", dialect: .argparse,
    subcommands: [
      command([server, controller, file], "cluster-id"),
      command([server, controller, file, id], "unregister"),
    ])

  private func complaint(_ words: String...) -> String? {
    guard case .refused(let error) = Self.program.parse(words) else { return nil }
    return Answer(error, columns: 80).text
  }

  private func help(_ words: String...) -> String? {
    guard case .help(let path) = Self.program.parse(words) else { return nil }
    return Answer(help: path, columns: 80).text
  }

  private static let usage = """
    usage: kafka-cluster cluster-id [-h] [--command-config COMMAND_CONFIG]
                         (--bootstrap-server BOOTSTRAP_SERVER |
                         --bootstrap-controller BOOTSTRAP_CONTROLLER)

    """

  @Test("help has a usage line, groups behind the options, and lines as wide as each other")
  func help() {
    #expect(
      help("cluster-id", "-h") == Self.usage + """

        optional arguments:
          -h, --help             show this help message and exit
          --bootstrap-server BOOTSTRAP_SERVER, -b BOOTSTRAP_SERVER
                                 A list of host/port pairs  to use for establishing
                                 the connection to the Kafka cluster.
          --bootstrap-controller BOOTSTRAP_CONTROLLER, -C BOOTSTRAP_CONTROLLER
                                 A list of host/port pairs  to use for establishing
                                 the connection to the KRaft controllers.
          --command-config COMMAND_CONFIG, -c COMMAND_CONFIG
                                 Config properties file for the Admin client.

        """)
    #expect(
      help("--help") == """
        usage: kafka-cluster [-h] {cluster-id,unregister} ...

        The Kafka cluster tool.

        positional arguments:
          {cluster-id,unregister}
            cluster-id           Get information  about  the  api  versions  of the
                                 brokers or controllers.
            unregister           Get information  about  the  api  versions  of the
                                 brokers or controllers.

        optional arguments:
          -h, --help             show this help message and exit

        """)
  }

  @Test("a refusal is the usage and a justified sentence")
  func refusals() {
    #expect(
      complaint("cluster-id") == Self.usage + """
        kafka-cluster:  error:  one  of   the  arguments  --bootstrap-server/-b  --
        bootstrap-controller/-C is required

        """)
    #expect(
      complaint("cluster-id", "-b") == Self.usage + """
        kafka-cluster:  error:   argument   --bootstrap-server/-b:   expected   one
        argument

        """)
    #expect(
      complaint("cluster-id", "--boot", "x") == Self.usage + """
        kafka-cluster: error: ambiguous  option:  --boot  could  match --bootstrap-
        controller, --bootstrap-server

        """)
    #expect(
      complaint("cluster-id", "--foo")
        == Self.usage + "kafka-cluster: error: unrecognized arguments: '--foo'\n")
    #expect(complaint()?.hasSuffix("kafka-cluster: error: too few arguments\n") == true)
    #expect(
      complaint("foo")?.hasSuffix(
        """
        kafka-cluster: error:  invalid  choice:  'foo'  (choose  from 'cluster-id',
        'unregister')

        """) == true)
    #expect(
      complaint("unregister", "-b", "x", "--id", "x")?.hasSuffix(
        """
        kafka-cluster: error: argument --id/-i:  could  not  convert 'x' to Integer
        (For input string: "x")

        """) == true)
    #expect(
      complaint("unregister", "-b", "x")?.hasSuffix(
        "kafka-cluster: error: argument --id/-i is required\n") == true)
  }

  @Test("an option may take several words")
  func severalWords() throws {
    let properties = Option(
      repeatable: "props", takes: .keyValue, help: "", takesSeveralWords: true)
    let flag = Option(flag: "flag", help: "")
    let command = Command(
      name: "perf", abstract: "", dialect: .argparse, options: [properties, flag])
    let given = try invocation(of: command, ["--props", "a=1", "b=2", "--flag", "--props", "c=3"])
    #expect(given[properties].map(\.key) == ["a", "b", "c"])
    #expect(given[flag])
  }

  private static let transactions = Command(
    name: "kafka-transactions.sh", abstract: "Transactions.", dialect: .argparse,
    options: [
      Option<String>(required: "bootstrap-server", takes: .text, help: "Brokers to begin with.")
    ], subcommands: [command([file], "list")])

  @Test("a subcommand is missed before an option that is required above it")
  func missingSubcommand() {
    func complaint(_ words: String...) -> String? {
      guard case .refused(let error) = Self.transactions.parse(words) else { return nil }
      return Answer(error, columns: 80).text
    }
    #expect(complaint()?.hasSuffix(" error: too few arguments\n") == true)
    #expect(complaint("--bootstrap-server", "a:1")?.hasSuffix("too few arguments\n") == true)
    #expect(complaint("list")?.hasSuffix("argument --bootstrap-server is required\n") == true)
  }

  @Test("some say how they are called where nothing is asked of them, and that is no mistake")
  func helpWithoutWords() {
    let command = Command(
      name: "perf", abstract: "Measures.", dialect: .argparse,
      options: [Option<String>(required: "topic", takes: .text, help: "The topic.")],
      helpsWithoutWords: true)
    guard case .refused(let error) = command.parse([]) else {
      Issue.record("nothing is asked for")
      return
    }
    let answer = Answer(error, columns: 80)
    #expect(answer.text.hasPrefix("usage: perf [-h] --topic TOPIC\n"))
    #expect(!answer.isComplaint)
    #expect(answer.exitCode == 0)
    guard case .refused(let error) = command.parse(["--foo"]) else {
      Issue.record("there is no such option")
      return
    }
    #expect(Answer(error, columns: 80).exitCode == 1)
  }
}
