import LogStorage
import Threads

/// The threads that read from the tables, each with a reader and so a snapshot of its own.
final class ReaderPool: Sendable {
  typealias Job = @Sendable (Result<any StoreReader, StoreError>) -> Void

  private struct State {
    var jobs = Fifo<Job>()
    /// For when there is nothing else.
    var idleJobs = Fifo<Job>()
    var isClosing = false
  }

  private let monitor = Monitor(State())
  private let threads: [WorkerThread]

  init(_ source: any StoreReaderSource, count: Int) {
    let monitor = monitor
    threads = (0..<max(1, count)).map { index in
      WorkerThread(name: "acta-read-\(index)") { Self.run(monitor, source) }
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

  private static let mostIdleJobs = 256

  /// As above, for what need not be done. False as well when there is much of that.
  func submitIdle(_ job: @escaping Job) -> Bool {
    let isAccepted = monitor.withLock { state in
      guard !state.isClosing, state.idleJobs.count < Self.mostIdleJobs else { return false }
      state.idleJobs.append(job)
      return true
    }
    if isAccepted { monitor.signal() }
    return isAccepted
  }

  /// Finishes what was submitted, apart from what need not be done, and returns when every reader is gone.
  func close() {
    monitor.update { state in
      state.isClosing = true
      state.idleJobs = Fifo()
    }
    for thread in threads where !thread.isCurrent { thread.join() }
  }

  /// A store whose readers cannot be opened answers every read with the reason.
  private static func run(_ monitor: Monitor<State>, _ source: any StoreReaderSource) {
    let reader = Result { () throws(StoreError) in try source.open() }
    while let job = next(monitor) { job(reader) }
  }

  private static func next(_ monitor: Monitor<State>) -> Job? {
    monitor.wait { state -> Job?? in
      if !state.jobs.isEmpty { return .some(state.jobs.removeFirst()) }
      if state.isClosing { return .some(nil) }
      return state.idleJobs.isEmpty ? nil : .some(state.idleJobs.removeFirst())
    }
  }
}
