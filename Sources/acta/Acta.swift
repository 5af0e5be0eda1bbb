import ActaCLI
import ActaTools
import Arguments
import Glibc

/// The program: Kafka in one SQLite file.
@main
enum Acta {
  static func main() {
    StandardStreams.occupy()
    let words = Array(CommandLine.arguments.dropFirst())
    if let (tool, words) = Tools.selection(words) { exit(ToolProcess.run(tool, words)) }
    switch ActaCommand(words, columns: Surroundings.columns(), tools: Tools.all.map { $0.summary })
    {
    case .serve(let arguments):
      exit(Serve(arguments: arguments).run())
    case .answer(let text):
      LogOutput.write(text)
    case .refusal(let text):
      LogOutput.write(text, to: STDERR_FILENO)
      exit(UsageError.exitCode)
    }
  }
}
