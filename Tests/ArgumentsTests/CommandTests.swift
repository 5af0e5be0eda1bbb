import Testing

@testable import Arguments

@Suite("Commands and subcommands") struct CommandTests {
  private static let server = Option("server", takes: .text, help: "Where.")
  private static let isForced = Option(flag: "force", short: "f", help: "Ask nothing.")
  private static let program = Command(
    name: "store", abstract: "Keep things.", version: "1.0", options: [server],
    subcommands: [
      Command(
        name: "put", abstract: "Keep one.", options: [isForced], operands: [Operand("thing")]),
      Command(
        name: "room", abstract: "Rooms.",
        subcommands: [Command(name: "add", abstract: "Build one.")]),
    ])

  private func help(_ words: String...) -> String? {
    guard case .help(let path) = Self.program.parse(words) else { return nil }
    return path.name
  }

  @Test("a subcommand has its own options and those given before its name")
  func options() throws {
    let invocation = try invocation(of: Self.program, ["--server=s", "put", "a", "-f"])
    #expect(invocation.path.name == "store put")
    #expect(invocation.path.command.name == "put")
    #expect(invocation[Self.server] == "s")
    #expect(invocation[Self.isForced])
    #expect(invocation.operands == ["a"])
    #expect(refusal(of: Self.program, ["-f", "put", "a"]) == "Unknown option '-f'.")
    #expect(refusal(of: Self.program, ["put", "--server=s", "a"]) == "Unknown option '--server'.")
  }

  @Test("two dashes before the name end the program's options, not those of the subcommand")
  func end() throws {
    #expect(try invocation(of: Self.program, ["--", "put", "-f", "a"])[Self.isForced])
    #expect(try invocation(of: Self.program, ["put", "--", "-f"]).operands == ["-f"])
  }

  @Test("subcommands may have subcommands")
  func nested() throws {
    #expect(try invocation(of: Self.program, ["room", "add"]).path.name == "store room add")
    #expect(
      refusal(of: Self.program, ["room", "ad"]) == "Unknown subcommand 'ad'; did you mean add?")
  }

  @Test("without a subcommand there is help")
  func nothing() {
    #expect(help() == "store")
    #expect(help("--server", "s") == "store")
    #expect(help("room") == "store room")
  }

  @Test("help names the command that it explains")
  func helpCommand() {
    #expect(help("help") == "store")
    #expect(help("help", "put") == "store put")
    #expect(help("help", "room", "add") == "store room add")
    #expect(help("room", "help", "add") == "store room add")
    #expect(help("help", "help") == "store help")
    #expect(help("help", "--help") == "store help")
    #expect(help("put", "--help") == "store put")
    #expect(help("--help", "put") == "store")
    #expect(
      refusal(of: Self.program, ["help", "pt"]) == "Unknown subcommand 'pt'; did you mean put?")
    #expect(refusal(of: Self.program, ["help", "put", "x"]) == "Unexpected argument 'x'.")
    #expect(refusal(of: Self.program, ["help", "-x"]) == "Unknown option '-x'.")
  }

  @Test("only a subcommand that has a version tells it")
  func version() {
    guard case .version("1.0") = Self.program.parse(["--version", "put"]),
      case .version("1.0") = Self.program.parse(["help", "--version"])
    else {
      Issue.record("no version")
      return
    }
    #expect(refusal(of: Self.program, ["put", "--version"]) == "Unknown option '--version'.")
  }

  @Test("a refusal names the command that refuses")
  func path() {
    let error = #expect(throws: UsageError.self) {
      try invocation(of: Self.program, ["room", "add", "x"])
    }
    #expect(error?.path.name == "store room add")
    #expect(UsageError.exitCode == 64)
  }

  @Test("a declaration that contradicts itself is a programmer's error")
  func contradictions() async {
    await #expect(processExitsWith: .failure) {
      let option = Option(flag: "a", help: "")
      _ = Command(name: "c", abstract: "", options: [option, option])
    }
    await #expect(processExitsWith: .failure) {
      let (a, b) = (
        Option(flag: "a", short: "x", help: ""), Option(flag: "b", short: "x", help: "")
      )
      _ = Command(name: "c", abstract: "", options: [a, b])
    }
    await #expect(processExitsWith: .failure) {
      _ = Command(name: "c", abstract: "", options: [Option(flag: "help", help: "")])
    }
    await #expect(processExitsWith: .failure) {
      _ = Command(
        name: "c", abstract: "", operands: [Operand("a", isRepeatable: true), Operand("b")])
    }
    await #expect(processExitsWith: .failure) {
      _ = Command(
        name: "c", abstract: "", operands: [Operand("a")],
        subcommands: [Command(name: "s", abstract: "")])
    }
    await #expect(processExitsWith: .failure) {
      _ = Command(name: "c", abstract: "", subcommands: [Command(name: "help", abstract: "")])
    }
    await #expect(processExitsWith: .failure) { _ = Option(flag: "a=b", help: "") }
    await #expect(processExitsWith: .failure) { _ = Option(flag: "a", short: ":", help: "") }
    await #expect(processExitsWith: .failure) { _ = Option(flag: "a", short: "é", help: "") }
  }

  @Test("asking for an option that the command has not is a programmer's error")
  func undeclared() async {
    await #expect(processExitsWith: .failure) {
      let other = Option(flag: "other", help: "")
      _ = try invocation(of: Command(name: "c", abstract: ""), [])[other]
    }
  }
}
