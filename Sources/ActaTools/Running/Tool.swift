// Kafka's command lines as a library: each tool is a declaration of its options and what it does with a console.
// Tools are clients like any other; they know neither a broker's insides nor the process that they run in.

import ActaCLI
package import Arguments

/// A command line of Kafka's, or one of our own.
package protocol Tool: Sendable {
  /// Behind `acta`: `topics`, which `kafka-topics` is for Kafka.
  static var name: String { get }
  /// Made when it is needed: a process needs one tool's.
  static var command: Command { get }

  /// - Throws: What `report` says.
  init(_ invocation: Invocation) throws

  /// Returns what the process ends with.
  func run(_ console: Console) async throws -> Int32

  /// Says why the tool has failed; the values on its command line may have been wrong, too.
  ///
  /// - Returns: What the process ends with.
  static func report(_ error: any Error, to console: Console) -> Int32

  /// What is printed if the words cannot be read, or do not go together.
  static func answer(to error: UsageError, columns: Int) -> Answer
}

extension Tool {
  package static func report(_ error: any Error, to console: Console) -> Int32 {
    console.errors.write(FailureText.whole(error) + "\n")
    return 1
  }

  package static func answer(to error: UsageError, columns: Int) -> Answer {
    Answer(error, columns: columns)
  }

  /// Some of Kafka's tools list their options also behind words that cannot be read.
  static func answerListingOptions(to error: UsageError, columns: Int) -> Answer {
    switch error.problem {
    case .unknownOption, .missingValue: Answer(error.showingOptions, columns: columns)
    default: Answer(error, columns: columns)
    }
  }

  /// What a launcher or a script sees of it in `acta help`.
  package static var summary: Command { Command(name: name, abstract: command.abstract) }
}

/// Why a tool did not do what it was asked for, in its own words.
package struct ToolError: Error, CustomStringConvertible {
  package let description: String

  package init(_ description: String) { self.description = description }
}
