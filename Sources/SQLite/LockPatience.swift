import CSQLite
import Glibc

/// How long a connection waits for the locks of other processes.
///
/// SQLite's own handler sleeps longer and longer, up to 100 ms at a time. A lock that another program
/// takes a thousand times a second is free for moments only, and who sleeps misses them: that made one
/// request in a hundred wait 0.5 to 2.7 seconds. So the sleeps are short, and shortest at first: a program
/// that writes without pause leaves the lock free for some 30 µs between two of its transactions.
struct LockPatience {
  var limitNanoseconds: Int64 = 0
  /// When statements are interrupted, where there is a limit (`limit(statementsToMilliseconds:)`).
  var deadlineNanoseconds: Int64 = .max
  private var began: Int64 = 0

  /// Sleeps and says that the lock is worth another try, or that it was long enough.
  mutating func wait(attempt: Int32) -> Bool {
    let now = Self.nanoseconds()
    if attempt == 0 {
      began = now
      acta_sleep_exactly()
    }
    let waited = now - began
    guard waited < limitNanoseconds else { return false }
    usleep(Self.sleepMicroseconds(afterWaiting: waited))
    return true
  }

  private static func sleepMicroseconds(afterWaiting waited: Int64) -> UInt32 {
    switch waited {
    case ..<100_000_000: 20
    case ..<1_000_000_000: 100
    default: 1_000
    }
  }

  static func nanoseconds() -> Int64 {
    var time = timespec()
    clock_gettime(CLOCK_MONOTONIC, &time)
    return Int64(time.tv_sec) * 1_000_000_000 + Int64(time.tv_nsec)
  }
}

extension Connection {
  /// How long from now on: milliseconds, 0 for not at all.
  package func setBusyTimeout(milliseconds: Int32) {
    patience.pointee.limitNanoseconds = Int64(milliseconds) * 1_000_000
  }

  static func install(
    _ patience: UnsafeMutablePointer<LockPatience>, on handle: OpaquePointer
  ) {
    sqlite3_busy_handler(
      handle,
      { context, attempt in
        let patience = context.unsafelyUnwrapped.assumingMemoryBound(to: LockPatience.self)
        return patience.pointee.wait(attempt: attempt) ? 1 : 0
      }, patience)
  }
}
