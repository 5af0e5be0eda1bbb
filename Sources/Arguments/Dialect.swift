/// How the words of a command are read, and how its help and its refusals look. The declarations are the same.
package enum Dialect: Sendable {
  /// `acta`'s own: getopt's rules, `HelpLayout`.
  case acta
  /// As Kafka's older tools have it from Java's jopt-simple: no abbreviations, a value is whatever comes next,
  /// one dash is as good as two, options in two columns. `JoptLayout`.
  case jopt
  /// As Kafka's newer tools have it from Java's argparse4j: getopt's rules, a usage line, justified text.
  /// `ArgparseLayout`.
  case argparse

  /// What a process ends with that was called the wrong way.
  package var refusalExitCode: Int32 {
    switch self {
    case .acta: UsageError.exitCode
    case .jopt, .argparse: 1
    }
  }

  /// What it ends with after printing help.
  var helpExitCode: Int32 {
    switch self {
    case .acta: 0
    case .jopt, .argparse: 1
    }
  }

  var help: OptionDeclaration {
    switch self {
    case .acta: Option(flag: "help", short: "h", help: "Show help information.").declaration
    case .jopt: Option(flag: "help", help: "Print usage information.").declaration
    case .argparse:
      Option(flag: "help", short: "h", help: "show this help message and exit").declaration
    }
  }

  var version: OptionDeclaration {
    switch self {
    case .acta: Option(flag: "version", help: "Show the version.").declaration
    case .jopt: Option(flag: "version", help: "Display Kafka version.").declaration
    case .argparse:
      Option(
        flag: "version", short: "v", help: "show the version of this Kafka distribution and exit"
      ).declaration
    }
  }
}
