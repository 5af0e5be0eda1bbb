import ActaClient
import Glibc

/// One consumer of a group as a process of its own, for the end-to-end tests: what `group_worker.py` is for the
/// libraries of other languages, with the same arguments and the same journal.
///
///     GroupWorker --bootstrap HOST:PORT --group G --topic T --journal FILE [--client-id NAME]
///       [--protocol classic|consumer] [--assignor NAME] [--instance ID] [--reset earliest|latest]
///       [--session MS] [--heartbeat MS] [--batch COUNT] [--pause SECONDS] [--loop COUNT]
@main
struct GroupWorker {
  static func main() {
    // Before there is another thread, which would take the signal.
    var signals = sigset_t()
    sigemptyset(&signals)
    sigaddset(&signals, SIGTERM)
    pthread_sigmask(SIG_BLOCK, &signals, nil)
    let options = WorkerOptions(CommandLine.arguments.dropFirst())
    let journal = Journal(options["journal"] ?? "journal")
    let work = GroupWork(options, journal)
    journal.note("started")
    Task.detached { await run(work, journal) }
    var signal: Int32 = 0
    sigwait(&signals, &signal)
    journal.note("stopping")
    work.stop()
    // The work ends the process.
    while true { pause() }
  }

  private static func run(_ work: GroupWork, _ journal: Journal) async -> Never {
    do {
      try await work.run()
      journal.note("closed")
      exit(0)
    } catch {
      print(error)
      fflush(nil)
      exit(1)
    }
  }
}

/// Pairs of a name and its value.
struct WorkerOptions: Sendable {
  private var values: [String: String] = [:]

  init(_ arguments: some Sequence<String>) {
    var name: String?
    for argument in arguments {
      if let known = name {
        values[known] = argument
        name = nil
      } else {
        name = String(argument.drop { $0 == "-" })
      }
    }
  }

  subscript(_ name: String) -> String? { values[name].flatMap { $0.isEmpty ? nil : $0 } }

  func integer<Value: FixedWidthInteger>(_ name: String, _ standard: Value) -> Value {
    self[name].flatMap { Value($0) } ?? standard
  }
}
