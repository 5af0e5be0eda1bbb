package import Glibc

/// SIGTERM and SIGINT as requests to stop, taken by a thread that does nothing else.
///
/// The first one begins an orderly stop. A second one ends the process at once, and so does the
/// deadline, since whoever sends the signal will not wait for ever. Both are safe at any moment:
/// what was acknowledged is on disk.
package enum ShutdownSignals {
  /// How long an orderly stop may take.
  package static let deadlineMilliseconds = 5000

  /// Keeps the signals away from all threads but the one that waits for them. Must be called in
  /// `main` before any thread is started, for threads inherit what is blocked.
  ///
  /// Also makes writing to a closed socket an error instead of a signal.
  package static func block() {
    signal(SIGPIPE, SIG_IGN)
    var signals = stopSignals
    let result = pthread_sigmask(SIG_BLOCK, &signals, nil)
    precondition(result == 0, "signals cannot be blocked: \(result)")
  }

  /// Starts the thread that waits.
  ///
  /// - Parameters:
  ///   - deadlineMilliseconds: Time from the first signal after which the process ends.
  ///   - lateExitCode: What it ends with then, by the first signal.
  ///   - log: Takes the sentence that says so.
  ///   - begin: Begins the stop; called with the number of the first signal, on the waiting thread.
  ///     It must return soon, and the process must exit by itself when everything has stopped.
  /// - Returns: The waiting thread, which lives as long as the process.
  @discardableResult
  package static func watch(
    deadlineMilliseconds: Int = deadlineMilliseconds,
    lateExitCode: @escaping @Sendable (Int32) -> Int32 = { _ in 1 },
    log: @escaping @Sendable (String) -> Void,
    begin: @escaping @Sendable (Int32) -> Void
  ) -> pthread_t {
    let watcher = Watcher(
      deadlineMilliseconds: deadlineMilliseconds, lateExitCode: lateExitCode, log: log,
      begin: begin)
    var thread = pthread_t()
    let result = pthread_create(
      &thread, nil,
      { argument in
        // The reference that `passRetained` left is taken over here, exactly once.
        Unmanaged<Watcher>.fromOpaque(argument!).takeRetainedValue().run()
      }, Unmanaged.passRetained(watcher).toOpaque())
    precondition(result == 0, "the signal thread cannot be started: \(result)")
    pthread_detach(thread)
    return thread
  }

  private static var stopSignals: sigset_t {
    var signals = sigset_t()
    sigemptyset(&signals)
    sigaddset(&signals, SIGTERM)
    sigaddset(&signals, SIGINT)
    return signals
  }

  private final class Watcher: Sendable {
    private let deadlineMilliseconds: Int
    private let lateExitCode: @Sendable (Int32) -> Int32
    private let log: @Sendable (String) -> Void
    private let begin: @Sendable (Int32) -> Void

    init(
      deadlineMilliseconds: Int, lateExitCode: @escaping @Sendable (Int32) -> Int32,
      log: @escaping @Sendable (String) -> Void, begin: @escaping @Sendable (Int32) -> Void
    ) {
      self.deadlineMilliseconds = deadlineMilliseconds
      self.lateExitCode = lateExitCode
      self.log = log
      self.begin = begin
    }

    func run() -> Never {
      var signals = stopSignals
      var first: Int32 = 0
      let result = sigwait(&signals, &first)
      precondition(result == 0, "waiting for signals failed: \(result)")
      let deadline = Self.now() + deadlineMilliseconds
      begin(first)
      while true {
        let left = max(0, deadline - Self.now())
        var time = timespec(tv_sec: left / 1000, tv_nsec: left % 1000 * 1_000_000)
        let second = sigtimedwait(&signals, nil, &time)
        if second > 0 { _exit(128 + second) }
        if errno == EINTR { continue }
        log("Not everything stopped within \(deadlineMilliseconds) ms; exiting")
        _exit(lateExitCode(first))
      }
    }

    /// Milliseconds of a clock that never jumps.
    private static func now() -> Int {
      var time = timespec()
      clock_gettime(CLOCK_MONOTONIC, &time)
      return time.tv_sec * 1000 + time.tv_nsec / 1_000_000
    }
  }
}
