import Threads

extension ActaNode {
  /// How long a stop may take.
  package static let stopMilliseconds: Int64 = 5_000

  /// Serves until the task is cancelled, then stops as `shutdown()` does, in at most five seconds.
  ///
  /// What programs that run several services for as long as they live ask of each of them. Returns too
  /// when another task shuts the node down.
  ///
  /// - Throws: `Failure.storage` when the log stops by itself; nobody is waited for then.
  ///   `Failure.stopTimedOut`.
  public func run() async throws(Failure) {
    let end = AsyncSignal()
    parts.observeEnd { end.set() }
    await end.wait()
    do {
      try await shutdown()
    } catch {
      // A disk that fails may also be slow to stop; that it failed says more.
      throw parts.failure.map { .storage($0) } ?? error
    }
    if let failure = parts.failure { throw .storage(failure) }
  }

  /// Stops: no new requests, long polls end, those that run are answered, then everything is on disk and
  /// the file can be opened by another.
  ///
  /// Does nothing more when the node has stopped, and waits for the end of a stop that is under way.
  ///
  /// - Throws: `Failure.stopTimedOut` after five seconds; the node then goes on stopping by itself.
  public func shutdown() async throws(Failure) {
    let parts = parts
    let isStopped = await withCheckedContinuation { continuation in
      // A stop blocks, which a task must not: and it may outlast who waits for it.
      WorkerThread.detached(name: "acta-stop") {
        let isDone = Monitor(false)
        WorkerThread.detached(name: "acta-close") {
          parts.stop()
          isDone.update { $0 = true }
        }
        let deadline = Clock.monotonicMilliseconds() + Self.stopMilliseconds
        continuation.resume(returning: isDone.wait(until: deadline) { $0 ? true : nil } ?? false)
      }
    }
    if !isStopped { throw .stopTimedOut }
  }

  /// `shutdown()` for threads: blocks until it is done, however long that takes.
  package func stop() { parts.stop() }

  /// Calls `observer` once when the log stops by itself, with the reason; at once if it has.
  package func observeFailure(_ observer: @escaping @Sendable (String) -> Void) {
    parts.observeEnd { [weak parts] in
      if let failure = parts?.failure { observer(failure) }
    }
  }
}
