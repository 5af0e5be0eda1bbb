import Glibc

/// Why the process comes to its end, told by whichever thread learns of it first.
///
/// Waits are measured by a clock that never jumps: when the wall clock is put back, what is done
/// between two waits is not held up.
package final class Ending: @unchecked Sendable {
  // Sound: `reason` is touched under the mutex only, and the two pointers never change.

  package enum Reason: Hashable, Sendable {
    case signal(Int32)
    case failure(String)
  }

  private var reason: Reason?
  private let mutex = UnsafeMutablePointer<pthread_mutex_t>.allocate(capacity: 1)
  /// There is a reason.
  private let hasCome = UnsafeMutablePointer<pthread_cond_t>.allocate(capacity: 1)

  package init() {
    var attributes = pthread_condattr_t()
    Self.check(pthread_condattr_init(&attributes))
    Self.check(pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC))
    Self.check(pthread_cond_init(hasCome, &attributes))
    Self.check(pthread_condattr_destroy(&attributes))
    Self.check(pthread_mutex_init(mutex, nil))
  }

  deinit {
    Self.check(pthread_cond_destroy(hasCome))
    Self.check(pthread_mutex_destroy(mutex))
    hasCome.deallocate()
    mutex.deallocate()
  }

  /// The first reason counts.
  package func end(_ reason: Reason) {
    withMutex {
      if self.reason == nil { self.reason = reason }
      Self.check(pthread_cond_broadcast(hasCome))
    }
  }

  /// True when the end has come, false after the time.
  package func wait(atMostMilliseconds milliseconds: Int64) -> Bool {
    var deadline = Self.now(plusMilliseconds: milliseconds)
    return withMutex {
      while reason == nil {
        let result = pthread_cond_timedwait(hasCome, mutex, &deadline)
        if result == ETIMEDOUT { return reason != nil }
        Self.check(result)
      }
      return true
    }
  }

  package func wait() -> Reason {
    withMutex {
      while true {
        if let reason { return reason }
        Self.check(pthread_cond_wait(hasCome, mutex))
      }
    }
  }

  private func withMutex<R>(_ body: () -> R) -> R {
    Self.check(pthread_mutex_lock(mutex))
    defer { Self.check(pthread_mutex_unlock(mutex)) }
    return body()
  }

  private static func now(plusMilliseconds milliseconds: Int64) -> timespec {
    var time = timespec()
    clock_gettime(CLOCK_MONOTONIC, &time)
    // Nobody sees the difference, and the sum stays in range.
    let milliseconds = Int(min(max(milliseconds, 0), 1 << 50))
    let nanoseconds = time.tv_nsec + milliseconds % 1_000 * 1_000_000
    time.tv_sec += milliseconds / 1_000 + nanoseconds / 1_000_000_000
    time.tv_nsec = nanoseconds % 1_000_000_000
    return time
  }

  private static func check(_ result: Int32) {
    precondition(result == 0, "a lock or a condition of the C library failed: \(result)")
  }
}
