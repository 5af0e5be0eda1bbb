import Testing

@testable import Arguments

@Suite("Refusals") struct RefusalTests {
  @Test(
    "what is not understood is said in one sentence",
    arguments: [
      (["--colour", "red"], "Unknown option '--colour'; did you mean --color?"),
      (["--colour=red"], "Unknown option '--colour'; did you mean --color?"),
      (["--clor", "red"], "Unknown option '--clor'; did you mean --color?"),
      (["--oclor", "red"], "Unknown option '--oclor'; did you mean --color?"),
      (["--quite-another"], "Unknown option '--quite-another'."),
      (["--name1"], "Unknown option '--name1'; did you mean --name?"),
      (["--=x"], "Unknown option '--'."),
      (["-x"], "Unknown option '-x'."),
      (["-vx"], "Unknown option '-x'."),
      (["-x=1"], "Unknown option '-x'."),
      (["-?"], "Unknown option '-?'."),
      (["-:"], "Unknown option '-:'."),
      (["-é"], "Unknown option '-é'."),
      (["-anme"], "Unknown option '-anme'; did you mean --name?"),
      (["--verb", "--ver"], "Ambiguous option '--ver'; did you mean --verbose or --version?"),
      (["--ver=x"], "Ambiguous option '--ver'; did you mean --verbose or --version?"),
      (["--name"], "Missing value for --name <name>."),
      (["-n"], "Missing value for --name <name>."),
      (["-vs"], "Missing value for --shift <steps>."),
      (["--verbose=yes"], "--verbose takes no value, but was given 'yes'."),
      (["--verbose="], "--verbose takes no value, but was given ''."),
      (["--verb=a=b"], "--verbose takes no value, but was given 'a=b'."),
      (
        ["-c", "bleu"],
        "--color takes red, green or blue, but was given 'bleu'; did you mean blue?"
      ),
      (["--color="], "--color takes red, green or blue."),
      (["--coats", "10"], "--coats takes a whole number, 1 to 9, but was given '10'."),
      (["--coats", "-1"], "--coats takes a whole number, 1 to 9, but was given '-1'."),
      (["--shift", "-x"], "--shift takes a whole number, but was given '-x'."),
      (["--shift", "1.5"], "--shift takes a whole number, but was given '1.5'."),
      (["--set", "key"], "--set takes key=value, but was given 'key'."),
      (["--set", "=v"], "--set takes key=value, but was given '=v'."),
      (["--coats=0", "--nonsense"], "--coats takes a whole number, 1 to 9, but was given '0'."),
      (["--coats=0", "--coats=1"], "--coats takes a whole number, 1 to 9, but was given '0'."),
      (["--nonsense", "--coats=0"], "Unknown option '--nonsense'."),
    ])
  func sentences(words: [String], sentence: String) {
    #expect(refusal(of: Paint.command, words) == sentence)
  }

  @Test("a hidden option is understood and never proposed")
  func hidden() throws {
    #expect(try Paint.invocation(["--nameles"])[Paint.secret])
    #expect(refusal(of: Paint.command, ["--n"]) == "Ambiguous option '--n'; did you mean --name?")
    #expect(refusal(of: Paint.command, ["--namelses"]) == "Unknown option '--namelses'.")
  }

  @Test("a letter takes what is behind it, also where a long name was meant")
  func oneDash() {
    #expect(
      refusal(of: Paint.command, ["-color", "red"])
        == "--color takes red, green or blue, but was given 'olor'.")
  }

  private let topic = Option(required: "topic", takes: .text, help: "Which.")
  private let hosts = Option(
    repeatable: "host", takes: .text, valueName: "name:port", help: "Where.", isRequired: true)

  private func copy(_ words: [String]) -> String? {
    refusal(
      of: Command(
        name: "copy", abstract: "", options: [topic, hosts],
        operands: [Operand("from"), Operand("to", isRequired: false)]),
      ["--topic", "t", "--host", "h"] + words)
  }

  @Test("what is required is asked for in the order of the declaration")
  func required() throws {
    let command = Command(name: "c", abstract: "", options: [topic, hosts])
    #expect(refusal(of: command, []) == "Missing option --topic <topic>.")
    #expect(refusal(of: command, ["--topic="]) == "Missing option --host <name:port>.")
    let words = ["--topic=a", "--host=b", "--host=c", "--topic=d"]
    let invocation = try invocation(of: command, words)
    #expect(invocation[topic] == "d")
    #expect(invocation[hosts] == ["b", "c"])
  }

  @Test("operands are counted")
  func operands() throws {
    #expect(copy([]) == "Missing argument <from>.")
    #expect(copy(["a", "b", "c", "d"]) == "Unexpected argument 'c'.")
    let many = Command(
      name: "c", abstract: "", operands: [Operand("a"), Operand("b", isRepeatable: true)])
    #expect(refusal(of: many, ["1"]) == "Missing argument <b>.")
    #expect(try invocation(of: many, ["1", "2", "3"]).operands == ["1", "2", "3"])
    let none = Command(name: "c", abstract: "")
    #expect(refusal(of: none, ["--", "-x"]) == "Unexpected argument '-x'.")
  }

  @Test(
    "the nearest name is one mistake in three letters away",
    arguments: [
      ("topic", "topic"), ("tpoic", "topic"), ("opic", "topic"), ("topics", "topic"),
      ("partiton", "partitions"), ("prtitons", "partitions"), ("prttons", nil), ("x", nil),
      ("", nil), ("to", nil),
    ] as [(String, String?)])
  func nearest(name: String, meant: String?) {
    #expect(NearestName.to(name, among: ["topic", "partitions"]) == meant)
    #expect(NearestName.to(name, among: []) == nil)
  }

  @Test(
    "the distance counts insertions, deletions, replacements and swaps of neighbours",
    arguments: [
      ("", "", 0), ("a", "", 1), ("", "ab", 2), ("abc", "abc", 0), ("abc", "axc", 1),
      ("abc", "acb", 1), ("abc", "cab", 2), ("kitten", "sitting", 3), ("ab", "ba", 1),
      ("abcd", "badc", 2),
    ])
  func distance(source: String, target: String, distance: Int) {
    #expect(NearestName.distance(from: source, to: target) == distance)
    #expect(NearestName.distance(from: target, to: source) == distance)
  }
}
