import ActaModel
import Coordination
import LogStorage
import Threads

/// The thread that compacts, one partition at a time. It exists from the first request on: who compacts
/// nothing has none.
///
/// It never touches the database. What it reads goes through the readers, a piece at a time, and what it
/// writes through the writer's queue, behind whatever waits there: so it holds no snapshot, and nobody up
/// for longer than a slice takes.
final class Compactor: Sendable {
  private enum Job {
    case compact(
      [CompactionTarget], at: Int64,
      @Sendable ([Result<CompactionOutcome, StorageError>]) -> Void)
    case forget(except: Set<PartitionID>)
  }

  private struct State {
    var jobs = Fifo<Job>()
    var thread: WorkerThread?
    var isClosing = false
  }

  private let state = Monitor(State())
  private let reads: ReadExecutor
  private let shared: SharedParts
  private let limits: CompactionWindow.Limits

  init(reads: ReadExecutor, shared: SharedParts, options: EngineOptions) {
    self.reads = reads
    self.shared = shared
    limits = CompactionWindow.Limits(records: options.compactionWindowRecords)
  }

  func submit(
    _ targets: [CompactionTarget], at now: Int64,
    completion: @escaping @Sendable ([Result<CompactionOutcome, StorageError>]) -> Void
  ) {
    let isAccepted = state.update { state in
      if state.isClosing { return false }
      state.jobs.append(.compact(targets, at: now, completion))
      if state.thread == nil { state.thread = start() }
      return true
    }
    if !isAccepted { completion(targets.map { _ in .failure(.closed) }) }
  }

  /// What is known of others is not true any more.
  func forget(except partitions: Set<PartitionID>) {
    state.update { state in
      // Who was never asked knows nothing.
      if state.thread != nil { state.jobs.append(.forget(except: partitions)) }
    }
  }

  /// Ends what runs at its next slice. Readers and queue must be closing already.
  func close() {
    let thread = state.update { state -> WorkerThread? in
      state.isClosing = true
      return state.thread
    }
    if let thread, !thread.isCurrent { thread.join() }
  }

  private func start() -> WorkerThread {
    let (state, access) = (state, CompactionAccess(reads: reads, shared: shared))
    let limits = limits
    return WorkerThread(name: "acta-compact") {
      let cleaner = LogCleaner(access, limits)
      while let job = Self.next(state) {
        switch job {
        case .compact(let targets, let now, let completion):
          completion(targets.map { cleaner.compact($0, at: now) })
        case .forget(let partitions): cleaner.forget(except: partitions)
        }
      }
    }
  }

  /// What waits when the log is closed is answered all the same: nothing of it can be read or written.
  private static func next(_ state: Monitor<State>) -> Job? {
    state.wait { state -> Job?? in
      if !state.jobs.isEmpty { return .some(state.jobs.removeFirst()) }
      return state.isClosing ? .some(nil) : nil
    }
  }
}
