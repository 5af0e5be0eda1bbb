@testable import Broker

/// A connection's thread whose timers run out before the thread that started them goes on, as they
/// may when that thread is held up.
struct HastyExecutor: ConnectionExecutor {
  var nowMilliseconds: Int64 { 0 }

  let isCurrent = true
  func execute(_ body: @escaping @Sendable () -> Void) { body() }

  func schedule(
    afterMilliseconds milliseconds: Int64, _ body: @escaping @Sendable () -> Void
  ) -> any Cancellable {
    body()
    return Nothing()
  }

  private struct Nothing: Cancellable {
    func cancel() {}
  }
}
