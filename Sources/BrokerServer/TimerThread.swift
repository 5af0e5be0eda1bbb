package import Broker
import Threads
import Transport

/// Timers that belong to no connection, on a thread of their own: what they ring for is not held up
/// by connections that are busy, and they run before there is a server and after it has stopped.
package final class TimerThread: Timers {
  private let thread = EventLoopThread(name: "acta-timers")

  package init() {}

  package var nowMilliseconds: Int64 { Clock.monotonicMilliseconds() }

  package func schedule(
    afterMilliseconds milliseconds: Int64, _ body: @escaping @Sendable () -> Void
  ) -> any Cancellable {
    thread.loop.schedule(afterMilliseconds: milliseconds, body)
  }

  /// What is still due is never run. Waits for the thread to end; not to be called on it, nor twice.
  package func stop() { thread.stop() }
}
