import ActaCLI
import Glibc
import Synchronization
import Threads

/// A tool as the process: its streams, its signals, its end.
package enum ToolProcess {
  /// What a process ends with whose standard output nobody reads any more, as if SIGPIPE had ended it. It is silent.
  private static let brokenPipe: Int32 = 128 + SIGPIPE

  /// Runs a tool to its end. Must be called on the main thread, before any other is started.
  ///
  /// The first SIGINT or SIGTERM cancels the tool's task, so that a consumer leaves its group; a second one ends the
  /// process. Either way it ends with 128 and the signal's number.
  ///
  /// - Returns: What the process ends with.
  package static func run<T: Tool>(_ tool: T.Type, _ words: [String]) -> Int32 {
    ShutdownSignals.block()
    let console = Console.standard()
    let end = Monitor<Int32?>(nil)
    let signal = Mutex<Int32?>(nil)
    let task = Task {
      let code = await ToolRunner.run(tool, words, console)
      end.update { $0 = code }
    }
    console.output.whenClosed { task.cancel() }
    ShutdownSignals.watch(
      lateExitCode: { 128 + $0 }, log: { _ in },
      begin: { number in
        signal.withLock { $0 = number }
        task.cancel()
      })
    let code = end.wait { $0 }
    if let number = signal.withLock({ $0 }) { return 128 + number }
    return ending(of: console, code)
  }

  private static func ending(of console: Console, _ code: Int32) -> Int32 {
    switch console.output.failure {
    case nil: return code
    case EPIPE?: return brokenPipe
    case let failure?:
      let reason = String(cString: strerror(failure))
      console.errors.write("Standard output cannot be written: \(reason)\n")
      return 1
    }
  }
}
