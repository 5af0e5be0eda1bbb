// Threads, what they wait with, what waits for them in turn, and the clock they go by. Knows nothing of what runs on them.

public import Glibc

/// A value behind a lock, with a condition to wait for. (The standard library's `Mutex` has no
/// condition variable.)
///
/// `@unchecked Sendable`: `value` is only touched with the lock held.
@usableFromInline
package final class Monitor<Value>: @unchecked Sendable {
  @usableFromInline let mutex = UnsafeMutablePointer<pthread_mutex_t>.allocate(capacity: 1)
  @usableFromInline let condition = UnsafeMutablePointer<pthread_cond_t>.allocate(capacity: 1)
  @usableFromInline var value: Value

  package init(_ value: sending Value) {
    self.value = value
    pthread_mutex_init(mutex, nil)
    var attributes = pthread_condattr_t()
    pthread_condattr_init(&attributes)
    // Deadlines must not move when the clock is set.
    pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC)
    pthread_cond_init(condition, &attributes)
    pthread_condattr_destroy(&attributes)
  }

  deinit {
    pthread_cond_destroy(condition)
    pthread_mutex_destroy(mutex)
    condition.deallocate()
    mutex.deallocate()
  }

  /// Changes the value without waking anyone.
  @inlinable
  package func withLock<R>(_ body: (inout Value) -> R) -> R {
    pthread_mutex_lock(mutex)
    defer { pthread_mutex_unlock(mutex) }
    return body(&value)
  }

  /// Changes the value and wakes those who wait, with the lock free already: else they would wake only to
  /// wait for it.
  @inlinable
  package func update<R>(_ body: (inout Value) -> R) -> R {
    defer { pthread_cond_broadcast(condition) }
    return withLock(body)
  }

  /// Wakes one of those who wait. Needs no lock.
  @inlinable
  package func signal() { pthread_cond_signal(condition) }

  /// Waits until `body` returns something. It is called with the lock held, first at once and then
  /// after each wake-up.
  @inlinable
  package func wait<R>(_ body: (inout Value) -> R?) -> R {
    pthread_mutex_lock(mutex)
    defer { pthread_mutex_unlock(mutex) }
    while true {
      if let result = body(&value) { return result }
      pthread_cond_wait(condition, mutex)
    }
  }

  /// As `wait`, but gives up with `nil` at `deadline` (monotonic milliseconds).
  @inlinable
  package func wait<R>(until deadline: Int64, _ body: (inout Value) -> R?) -> R? {
    var time = timespec(
      tv_sec: Int(deadline / 1_000), tv_nsec: Int(deadline % 1_000) * 1_000_000)
    pthread_mutex_lock(mutex)
    defer { pthread_mutex_unlock(mutex) }
    while true {
      if let result = body(&value) { return result }
      if pthread_cond_timedwait(condition, mutex, &time) == ETIMEDOUT { return body(&value) }
    }
  }
}
