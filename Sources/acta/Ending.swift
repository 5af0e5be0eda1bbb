import NIOConcurrencyHelpers
import Synchronization

/// Why the process comes to its end, told by whichever thread learns of it first.
final class Ending: Sendable {
  enum Reason: Sendable {
    case signal(Int32)
    case failure(String)
  }

  private let reason = Mutex<Reason?>(nil)
  /// True once there is a reason.
  private let hasCome = ConditionLock(value: false)

  /// The first reason counts.
  func end(_ reason: Reason) {
    self.reason.withLock { if $0 == nil { $0 = reason } }
    hasCome.lock()
    hasCome.unlock(withValue: true)
  }

  /// True when the end has come, false after the time.
  func wait(atMostMilliseconds milliseconds: Int64) -> Bool {
    guard hasCome.lock(whenValue: true, timeoutSeconds: Double(milliseconds) / 1_000) else {
      return false
    }
    hasCome.unlock()
    return true
  }

  func wait() -> Reason {
    hasCome.lock(whenValue: true)
    hasCome.unlock()
    guard let reason = reason.withLock({ $0 }) else {
      preconditionFailure("the end has come without a reason")
    }
    return reason
  }
}
