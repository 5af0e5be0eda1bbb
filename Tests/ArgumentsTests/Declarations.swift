import Testing

@testable import Arguments

enum Color: String, CaseIterable {
  case red, green, blue
}

/// A program with an option of every kind.
enum Paint {
  static let name = Option("name", short: "n", takes: .text, help: "Who paints.")
  static let color = Option<Color>(
    "color", short: "c", takes: .choice, default: .green, help: "With what.")
  static let coats = Option(
    "coats", takes: .number(in: 1...9), default: 1, help: "How often.")
  static let shift = Option(
    "shift", short: "s", takes: .number(), valueName: "steps", help: "How far.")
  static let tags = Option(repeatable: "tag", short: "t", takes: .text, help: "What else.")
  static let pairs = Option(repeatable: "set", takes: .keyValue, help: "A setting.")
  static let isDry = Option(flag: "dry-run", short: "d", help: "Do nothing.")
  static let isVerbose = Option(flag: "verbose", short: "v", help: "Say more.")
  static let secret = Option(flag: "nameless", help: "Not for everyone.", isHidden: true)

  static let command = Command(
    name: "paint", abstract: "Paint walls.", version: "2.0",
    options: [name, color, coats, shift, tags, pairs, isDry, isVerbose, secret],
    operands: [Operand("wall", isRequired: false, isRepeatable: true)])

  static func invocation(_ words: [String]) throws -> Invocation {
    try ArgumentsTests.invocation(of: command, words)
  }
}

struct NothingToRun: Error {}

/// What the words make of the command; throws the refusal.
func invocation(of command: Command, _ words: [String]) throws -> Invocation {
  let outcome = command.parse(words)
  if case .refused(let error) = outcome { throw error }
  guard case .run(let invocation) = outcome else { throw NothingToRun() }
  return invocation
}

/// The sentence with which the words are refused.
func refusal(of command: Command, _ words: [String]) -> String? {
  #expect(throws: UsageError.self) { try invocation(of: command, words) }?.description
}
