/// What a program prints, and ends with, in place of running.
package struct Answer: Sendable {
  package let text: String
  /// Whether it goes to standard error.
  package let isComplaint: Bool
  package let exitCode: Int32

  package init(_ text: String, isComplaint: Bool, exitCode: Int32) {
    self.text = text
    self.isComplaint = isComplaint
    self.exitCode = exitCode
  }

  /// - Parameter columns: The width of the terminal, where the dialect cares.
  package init(help path: CommandPath, columns: Int) {
    let command = path.command
    let text =
      switch command.dialect {
      case .acta: HelpLayout(columns: columns).help(for: path)
      case .jopt: JoptLayout().help(for: path)
      case .argparse: ArgparseLayout().help(for: path)
      }
    self.init(text, isComplaint: command.dialect == .jopt, exitCode: command.helpExitCode)
  }

  /// - Parameter columns: The width of the terminal, where the dialect cares.
  package init(_ error: UsageError, columns: Int) {
    if case .nothingGiven = error.problem, error.path.command.helpsWithoutWords {
      let help = Answer(help: error.path, columns: columns)
      self.init(help.text, isComplaint: help.isComplaint, exitCode: 0)
      return
    }
    let dialect = error.path.command.dialect
    let text =
      switch dialect {
      case .acta: HelpLayout(columns: columns).refusal(error)
      case .jopt: JoptLayout().refusal(error)
      case .argparse: ArgparseLayout().refusal(error)
      }
    self.init(text, isComplaint: true, exitCode: dialect.refusalExitCode)
  }
}
