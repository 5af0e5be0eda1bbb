import Glibc

/// A value that only one loop's thread may touch, to be carried through `@Sendable` closures. What is
/// carried is an object: letting go of the last reference on another thread must do no harm.
///
/// `@unchecked Sendable`: `value` can be had on the thread only that made it.
package struct LoopBound<Value>: @unchecked Sendable {
  private let held: Value
  private let thread: pthread_t

  /// To be made on the loop's thread.
  package init(_ value: Value) {
    held = value
    thread = pthread_self()
  }

  package var isOnLoop: Bool { pthread_equal(thread, pthread_self()) != 0 }

  package var value: Value {
    precondition(isOnLoop, "touched off its loop")
    return held
  }
}
