import Threads

/// Why the process comes to its end, told by whichever thread learns of it first.
///
/// Waits are measured by a clock that never jumps: when the wall clock is put back, what is done
/// between two waits is not held up.
package final class Ending: Sendable {
  package enum Reason: Hashable, Sendable {
    case signal(Int32)
    case failure(String)
  }

  private let reason = Monitor<Reason?>(nil)

  package init() {}

  /// The first reason counts.
  package func end(_ reason: Reason) {
    self.reason.update { if $0 == nil { $0 = reason } }
  }

  /// True when the end has come, false after the time.
  package func wait(atMostMilliseconds milliseconds: Int64) -> Bool {
    // Nobody sees the difference, and the sum stays in range.
    let deadline = Clock.monotonicMilliseconds() + min(max(milliseconds, 0), 1 << 50)
    return reason.wait(until: deadline) { $0 } != nil
  }

  package func wait() -> Reason { reason.wait { $0 } }
}
