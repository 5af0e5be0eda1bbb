import Broker
import Threads
import Transport

/// The thread that owns a connection, as handlers know it.
struct LoopExecutor: ConnectionExecutor {
  let loop: LoopReference

  var nowMilliseconds: Int64 { Clock.monotonicMilliseconds() }

  var isCurrent: Bool { loop.isCurrent }

  func execute(_ body: @escaping @Sendable () -> Void) { loop.execute(body) }

  func schedule(
    afterMilliseconds milliseconds: Int64, _ body: @escaping @Sendable () -> Void
  ) -> any Cancellable {
    loop.schedule(afterMilliseconds: milliseconds, body)
  }
}

extension ScheduledCall: Cancellable {}
