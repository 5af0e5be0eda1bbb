import Threads

/// Why the process comes to its end, told by whichever thread learns of it first.
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

  package func wait() -> Reason { reason.wait { $0 } }
}
