import ActaCLI
import Glibc

/// What a tool reads and writes, and knows of where it runs.
package final class Console: Sendable {
  /// Standard output; it is in a buffer until it is flushed.
  package let output: ByteOutput
  /// Standard error. Whatever is written to it goes out at once, behind what standard output has.
  package let errors: ByteOutput
  /// Standard input's descriptor.
  package let input: Int32
  package let isInputTerminal: Bool
  package let environment: [String: String]
  /// How many characters a line has; 80 where nobody says.
  package let columns: Int

  package init(
    output: ByteOutput, errors: ByteOutput, input: Int32 = STDIN_FILENO,
    isInputTerminal: Bool = false, environment: [String: String] = [:], columns: Int = 80
  ) {
    self.output = output
    self.errors = errors
    self.input = input
    self.isInputTerminal = isInputTerminal
    self.environment = environment
    self.columns = columns
  }

  /// The process's own.
  package static func standard() -> Console {
    let output = ByteOutput(descriptor: STDOUT_FILENO)
    return Console(
      output: output,
      errors: ByteOutput(
        isTerminal: isatty(STDERR_FILENO) == 1, capacity: 0,
        sink: { bytes in
          output.flush()
          return ByteOutput.write(bytes, to: STDERR_FILENO)
        }),
      isInputTerminal: isatty(STDIN_FILENO) == 1, environment: Surroundings.environment(),
      columns: Surroundings.columns())
  }

  /// The same for what is no part of an answer: all goes to standard error, where a program reads standard output.
  package var aside: Console {
    Console(
      output: errors, errors: errors, input: input, isInputTerminal: isInputTerminal,
      environment: environment, columns: columns)
  }

  /// Whether standard output may have colours: only a terminal, and never against https://no-color.org.
  package var isColored: Bool {
    output.isTerminal && (environment["NO_COLOR"] ?? "").isEmpty && environment["TERM"] != "dumb"
  }
}
