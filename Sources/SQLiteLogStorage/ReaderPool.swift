import LogStorage
import SQLite
import Threads

/// The threads that read from the tables, each with a connection and so a snapshot of its own.
final class ReaderPool: Sendable {
  typealias Job = @Sendable (Result<ColdReader, SQLiteError>) -> Void

  private struct State {
    var jobs = Fifo<Job>()
    var isClosing = false
  }

  private let monitor = Monitor(State())
  private let threads: [WorkerThread]

  init(path: String, options: Options) {
    let monitor = monitor
    let vfs = options.vfs
    threads = (0..<max(1, options.readerCount)).map { index in
      WorkerThread(name: "acta-read-\(index)") {
        Self.run(monitor, path: path, vfs: vfs)
      }
    }
  }

  /// False when the pool is closing.
  func submit(_ job: @escaping Job) -> Bool {
    let isAccepted = monitor.withLock { state in
      guard !state.isClosing else { return false }
      state.jobs.append(job)
      return true
    }
    if isAccepted { monitor.signal() }
    return isAccepted
  }

  /// Finishes what was submitted, and returns when every connection is closed.
  func close() {
    monitor.update { $0.isClosing = true }
    for thread in threads where !thread.isCurrent { thread.join() }
  }

  private static func run(_ monitor: Monitor<State>, path: String, vfs: String?) {
    // A database whose readers cannot be opened answers every read with the reason.
    do {
      let connection = try ConnectionSetup.openReader(path: path, vfs: vfs)
      let reader = try ColdReader(prepare: connection.preparer())
      while let job = next(monitor) {
        job(.success(reader))
        precondition(!connection.holdsSnapshot, "a read left its snapshot open")
      }
      withExtendedLifetime(reader) {}
    } catch {
      let failure =
        error as? SQLiteError
        ?? SQLiteError(
          extendedCode: 14, message: String(describing: error), operation: "opening a reader")
      while let job = next(monitor) { job(.failure(failure)) }
    }
  }

  private static func next(_ monitor: Monitor<State>) -> Job? {
    monitor.wait { state -> Job?? in
      if !state.jobs.isEmpty { return .some(state.jobs.removeFirst()) }
      return state.isClosing ? .some(nil) : nil
    }
  }
}
