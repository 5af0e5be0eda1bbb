import ActaClient
import Arguments

/// From words to an exit code; everything but the process.
package enum ToolRunner {
  /// - Parameter words: Behind the tool's name.
  package static func run<T: Tool>(_ tool: T.Type, _ words: [String], _ console: Console) async
    -> Int32
  {
    let code = await outcome(tool, path(of: tool).parse(words), console)
    console.output.flush()
    return code
  }

  /// Kafka's tools speak of themselves by their own names, ours by what is typed.
  private static func path<T: Tool>(of tool: T.Type) -> CommandPath {
    let command = tool.command
    guard command.dialect == .acta else { return CommandPath(command) }
    return CommandPath(Command(name: "acta", abstract: "", subcommands: [command]))
      .appending(command)
  }

  private static func outcome<T: Tool>(
    _ tool: T.Type, _ outcome: Outcome, _ console: Console
  ) async -> Int32 {
    switch outcome {
    case .help(let path):
      return console.print(Answer(help: path, columns: console.columns))
    case .version(let version):
      console.output.write(version + "\n")
      return 0
    case .refused(let error) where error.path.command.dialect == .jopt && error.isAboutValues:
      return tool.report(ToolError(JoptLayout.sentence(error.problem)), to: console)
    case .refused(let error):
      return console.print(tool.answer(to: error, columns: console.columns))
    case .run(let invocation):
      do {
        return try await tool.init(invocation).run(console)
      } catch let error as UsageError {
        return console.print(tool.answer(to: error, columns: console.columns))
      } catch  where Task.isCancelled && isInterruption(error) {
        // Whoever has interrupted the tool knows why it ends.
        return 1
      } catch  where invocation.isForProgram {
        // What is on standard output is JSON, and what is none has failed, whatever Kafka's tool ends with.
        return max(1, tool.report(error, to: console.aside))
      } catch {
        return tool.report(error, to: console)
      }
    }
  }
}

/// Whether nothing else is wrong but that nobody wants to wait any more.
private func isInterruption(_ error: any Error) -> Bool {
  error is CancellationError || (error as? KafkaError)?.isInterruption == true
    || (error as? JavaFailure)?.exception == KafkaError.interruption
}

extension KafkaError {
  fileprivate static let interruption = "org.apache.kafka.common.errors.InterruptException"

  /// A call that nobody waits for any more. Who has a sentence of his own for failures leaves it as it is.
  var isInterruption: Bool { exception == Self.interruption }
}

extension UsageError {
  /// Jopt-simple converts values when they are asked for, and then the tool is at work already.
  fileprivate var isAboutValues: Bool {
    switch problem {
    case .wrongValue, .repeatedOption: true
    default: false
    }
  }
}

extension Console {
  fileprivate func print(_ answer: Answer) -> Int32 {
    (answer.isComplaint ? errors : output).write(answer.text)
    return answer.exitCode
  }
}
