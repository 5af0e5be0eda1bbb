import Foundation
import Testing

@testable import Arguments

@Suite("Reading a command line") struct ParsingTests {
  @Test("without words the defaults hold")
  func defaults() throws {
    let invocation = try Paint.invocation([])
    #expect(invocation[Paint.name] == nil)
    #expect(invocation[Paint.color] == .green)
    #expect(invocation[Paint.coats] == 1)
    #expect(invocation[Paint.shift] == nil)
    #expect(invocation[Paint.tags] == [])
    #expect(invocation[Paint.pairs] == [])
    #expect(!invocation[Paint.isDry])
    #expect(invocation.operands == [])
    #expect(invocation.path.name == "paint")
  }

  @Test(
    "a value stands behind its option or in the same word, the name may be cut short",
    arguments: [
      ["--color", "blue"], ["--color=blue"], ["-c", "blue"], ["-cblue"], ["--col", "blue"],
      ["--col=blue"], ["-dcblue"], ["-dvc", "blue"], ["--color", "red", "-c", "blue"],
    ])
  func forms(words: [String]) throws {
    #expect(try Paint.invocation(words)[Paint.color] == .blue)
  }

  @Test("every kind of option is understood, between operands too")
  func all() throws {
    let invocation = try Paint.invocation([
      "a", "--name=", "-t", "x y", "--coats", "9", "b", "--tag==", "--set", "k=v=w", "--set=k=",
      "-vd", "-s", "-12", "-", "--nameless",
    ])
    #expect(invocation[Paint.name] == "")
    #expect(invocation[Paint.tags] == ["x y", "="])
    #expect(invocation[Paint.coats] == 9)
    #expect(invocation[Paint.pairs] == [KeyValue("k=v=w"), KeyValue("k=")])
    #expect(invocation[Paint.pairs].map(\.value) == ["v=w", ""])
    #expect(invocation[Paint.isDry])
    #expect(invocation[Paint.isVerbose])
    #expect(invocation[Paint.secret])
    #expect(invocation[Paint.shift] == -12)
    #expect(invocation.operands == ["a", "b", "-"])
  }

  @Test("two dashes end the options")
  func end() throws {
    let invocation = try Paint.invocation(["a", "-v", "--", "-d", "--", "--color", "--help"])
    #expect(invocation.operands == ["a", "-d", "--", "--color", "--help"])
    #expect(invocation[Paint.isVerbose])
    #expect(!invocation[Paint.isDry])
    #expect(try Paint.invocation(["--"]).operands == [])
    #expect(try Paint.invocation(["", "--", ""]).operands == ["", ""])
  }

  @Test("a full name counts, although it begins another")
  func exactName() throws {
    let on = Option(flag: "on", help: "")
    let once = Option(flag: "once", help: "")
    let command = Command(name: "c", abstract: "", options: [once, on])
    let invocation = try ArgumentsTests.invocation(of: command, ["--on"])
    #expect(invocation[on])
    #expect(!invocation[once])
  }

  @Test("what begins with a dash is a value only behind its name's equals sign, apart from numbers")
  func dashes() throws {
    #expect(try Paint.invocation(["--name=-x", "--tag=--dry-run"])[Paint.name] == "-x")
    #expect(try Paint.invocation(["-n-x"])[Paint.name] == "-x")
    #expect(try Paint.invocation(["--name", "-"])[Paint.name] == "-")
    #expect(try Paint.invocation(["--shift", "-3"])[Paint.shift] == -3)
    #expect(
      refusal(of: Paint.command, ["--name", "-x"])
        == "Missing value for --name <name>; if it is '-x', write --name=-x.")
    #expect(
      refusal(of: Paint.command, ["-n", "--"])
        == "Missing value for --name <name>; if it is '--', write --name=--.")
    #expect(
      refusal(of: Paint.command, ["--shift", "--dry-run"])
        == "Missing value for --shift <steps>; if it is '--dry-run', write --shift=--dry-run.")
  }

  @Test("a word that is no value is read as the option it is")
  func givenBack() throws {
    guard case .help = Paint.command.parse(["--name", "--help"]) else { throw NothingToRun() }
    guard case .help = Paint.command.parse(["-dn", "-vh"]) else { throw NothingToRun() }
    guard case .version("2.0") = Paint.command.parse(["-n", "--version"]) else {
      throw NothingToRun()
    }
  }

  @Test(
    "help wins over the version, the version over what is wrong",
    arguments: [["--nonsense", "--version", "-h"], ["--coats", "0", "--he"], ["a", "-vh"]])
  func help(words: [String]) throws {
    guard case .help(let path) = Paint.command.parse(words) else { throw NothingToRun() }
    #expect(path.name == "paint")
    guard case .version("2.0") = Paint.command.parse(words.dropLast() + ["--version"]) else {
      throw NothingToRun()
    }
  }

  @Test("a command without a version has no such option")
  func noVersion() {
    let command = Command(name: "c", abstract: "")
    #expect(refusal(of: command, ["--version"]) == "Unknown option '--version'.")
  }

  @Test("text of any language passes through")
  func languages() throws {
    let texts = ["größer", "日本語", "e\u{301}", "👩‍👩‍👧", "a\nb", " "]
    let invocation = try Paint.invocation(texts.map { "--tag=\($0)" } + texts)
    #expect(invocation[Paint.tags].map { Array($0.utf8) } == texts.map { Array($0.utf8) })
    #expect(invocation.operands == texts)
  }

  @Test(
    "whatever form a command line is given, it means the same", arguments: 0..<200 as Range<UInt64>)
  func anyForm(seed: UInt64) throws {
    var random = SeededRandom(state: seed)
    var words: [String] = []
    var (tags, pairs, operands): ([String], [String], [String]) = ([], [], [])
    var (name, isVerbose): (String?, Bool) = (nil, false)
    for _ in 0..<Int.random(in: 0...12, using: &random) {
      let text = ["a", "", "=", "a b", "é", "-"].randomElement(using: &random)!
      switch Int.random(in: 0..<5, using: &random) {
      case 0:
        name = text
        words += [["--name", text], ["--name=\(text)"], ["-n", text]]
          .randomElement(using: &random)!
      case 1:
        tags.append(text)
        words += [["--tag", text], ["--ta=\(text)"], ["-vt", text]].randomElement(using: &random)!
        isVerbose = isVerbose || words.contains("-vt")
      case 2:
        pairs.append("k=\(text)")
        words += [["--set", "k=\(text)"], ["--se=k=\(text)"]].randomElement(using: &random)!
      case 3:
        isVerbose = true
        words.append(["-v", "--verbose", "--verb"].randomElement(using: &random)!)
      default:
        operands.append(text)
        words.append(text)
      }
    }
    if Bool.random(using: &random) {
      operands += ["-v", "--set"]
      words += ["--", "-v", "--set"]
    }
    let invocation = try Paint.invocation(words)
    #expect(invocation[Paint.name] == name, "\(words)")
    #expect(invocation[Paint.tags] == tags, "\(words)")
    #expect(invocation[Paint.pairs] == pairs.map { KeyValue($0) }, "\(words)")
    #expect(invocation[Paint.isVerbose] == isVerbose, "\(words)")
    #expect(invocation.operands == operands, "\(words)")
  }

  @Test("no words are too strange to be answered", arguments: 0..<200 as Range<UInt64>)
  func strange(seed: UInt64) {
    var random = SeededRandom(state: seed)
    let pieces = [
      "-", "--", "=", "n", "v", "h", "name", "set", "é", "\u{301}", "W;", ":", "?", "1",
    ]
    let words = (0..<Int.random(in: 0...6, using: &random)).map { _ in
      (0..<Int.random(in: 0...4, using: &random)).map { _ in
        pieces.randomElement(using: &random)!
      }.joined()
    }
    if case .refused(let error) = Paint.command.parse(words) {
      #expect(error.description.hasSuffix(".") || error.description.hasSuffix("?"), "\(words)")
    }
  }

  @Test("threads that read at the same time do not mix their words")
  func threads() {
    DispatchQueue.concurrentPerform(iterations: 500) { index in
      let invocation = try? Paint.invocation(["--tag", "\(index)", "o\(index)", "-vt\(index)"])
      #expect(invocation?[Paint.tags] == ["\(index)", "\(index)"])
      #expect(invocation?.operands == ["o\(index)"])
      #expect(invocation?[Paint.isVerbose] == true)
    }
  }
}

/// SplitMix64.
struct SeededRandom: RandomNumberGenerator {
  var state: UInt64

  mutating func next() -> UInt64 {
    state &+= 0x9E37_79B9_7F4A_7C15
    var mixed = state
    mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
    mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
    return mixed ^ (mixed >> 31)
  }
}
