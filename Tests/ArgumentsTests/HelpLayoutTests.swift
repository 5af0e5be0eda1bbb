import Testing

@testable import Arguments

@Suite("Help") struct HelpLayoutTests {
  private func help(_ command: Command, columns: Int = 80) throws -> String {
    guard case .help(let path) = command.parse(["--help"]) else { throw NothingToRun() }
    return HelpLayout(columns: columns).help(for: path)
  }

  @Test("options are described with their values and defaults, hidden ones are not")
  func options() throws {
    #expect(
      try help(Paint.command) == """
        OVERVIEW: Paint walls.

        USAGE: paint [--name <name>] [--color <color>] [--coats <coats>]
                     [--shift <steps>] [--tag <tag> ...] [--set <set> ...] [--dry-run]
                     [--verbose] [<wall> ...]

        ARGUMENTS:
          <wall>

        OPTIONS:
          -n, --name <name>       Who paints.
          -c, --color <color>     With what. (values: red, green, blue; default: green)
          --coats <coats>         How often. (values: 1 to 9; default: 1)
          -s, --shift <steps>     How far.
          -t, --tag <tag>         What else.
          --set <set>             A setting.
          -d, --dry-run           Do nothing.
          -v, --verbose           Say more.
          --version               Show the version.
          -h, --help              Show help information.

        """)
  }

  private let copy = Command(
    name: "copy", abstract: "Copy a topic.",
    discussion: """
      Everything is copied, from the first record to the last, and then what comes.

      Example, which is long:
        copy --topic orders --to another.example.com:9092 --verbose here-is-more
      """,
    options: [
      Option(
        required: "topic", takes: .text, help: "The topic, which must exist over there as well."),
      Option("a-very-long-name", takes: .text, help: "Its label has a line of its own."),
      Option(flag: "abcdefghijklmnopqrstu", help: "Just fits."),
      Option(flag: "abcdefghijklmnopqrstuv", help: "Does not."),
    ],
    operands: [Operand("from", help: "Where it is."), Operand("to", isRequired: false)])

  @Test("lines end where the terminal does, examples where they were ended")
  func wrapping() throws {
    #expect(
      try help(copy, columns: 60) == """
        OVERVIEW: Copy a topic.

        Everything is copied, from the first record to the last, and
        then what comes.

        Example, which is long:
          copy --topic orders --to another.example.com:9092 --verbose here-is-more

        USAGE: copy --topic <topic>
                    [--a-very-long-name <a-very-long-name>]
                    [--abcdefghijklmnopqrstu]
                    [--abcdefghijklmnopqrstuv] <from> [<to>]

        ARGUMENTS:
          <from>                  Where it is.
          <to>

        OPTIONS:
          --topic <topic>         The topic, which must exist over
                                  there as well.
          --a-very-long-name <a-very-long-name>
                                  Its label has a line of its own.
          --abcdefghijklmnopqrstu Just fits.
          --abcdefghijklmnopqrstuv
                                  Does not.
          -h, --help              Show help information.

        """)
  }

  @Test("no terminal is too narrow, nor too wide")
  func extremes() throws {
    #expect(try help(copy, columns: 0) == help(copy, columns: 50))
    #expect(try help(copy, columns: 50) != help(copy, columns: 51))
    let usage = try help(copy, columns: .max).split(separator: "\n").first { $0.hasPrefix("USAGE") }
    #expect(usage?.hasSuffix("<from> [<to>]") == true)
  }

  @Test("subcommands are listed, with how to read on")
  func subcommands() throws {
    let program = Command(
      name: "store", abstract: "Keep things.",
      subcommands: [
        Command(name: "put", abstract: "Keep one."), Command(name: "take", abstract: "Take one."),
      ])
    #expect(
      try help(program) == """
        OVERVIEW: Keep things.

        USAGE: store <subcommand>

        OPTIONS:
          -h, --help              Show help information.

        SUBCOMMANDS:
          put                     Keep one.
          take                    Take one.

          See 'store help <subcommand>' for detailed help.

        """)
    guard case .refused(let error) = program.parse(["put", "x"]) else { throw NothingToRun() }
    #expect(
      HelpLayout().refusal(error) == """
        Error: Unexpected argument 'x'.
        Usage: store put
          See 'store put --help' for more information.

        """)
  }

  @Test(
    "a number's range is described",
    arguments: [
      (Int.min...Int.max, "a whole number"), (0...Int.max, "a whole number, 0 or more"),
      (Int.min ... -1, "a whole number, -1 or less"), (0...1, "a whole number, 0 to 1"),
    ])
  func ranges(range: ClosedRange<Int>, expectation: String) throws {
    let option = Option("n", takes: .number(in: range), help: "")
    let command = Command(name: "c", abstract: "", options: [option])
    #expect(refusal(of: command, ["--n=x"]) == "--n takes \(expectation), but was given 'x'.")
    #expect(
      try invocation(of: command, ["--n", "\(range.lowerBound)"])[option] == range.lowerBound)
    #expect(try invocation(of: command, ["--n=\(range.upperBound)"])[option] == range.upperBound)
    let beyond = range.upperBound == .max ? "9223372036854775808" : "\(range.upperBound + 1)"
    #expect(refusal(of: command, ["--n=\(beyond)"])?.hasSuffix("'\(beyond)'.") == true)
  }
}
