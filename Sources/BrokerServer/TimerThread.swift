import Broker
import NIOPosix

/// Timers that belong to no connection, on a thread of their own: what they ring for is not held up
/// by connections that are busy, and they run before there is a server and after it has stopped.
package final class TimerThread: Timers {
  private let group = MultiThreadedEventLoopGroup(numberOfThreads: 1)
  private let mailbox: LoopMailbox

  package init() {
    mailbox = LoopMailbox(eventLoop: group.next())
  }

  package var nowMilliseconds: Int64 { mailbox.nowMilliseconds }

  package func schedule(
    afterMilliseconds milliseconds: Int64, _ body: @escaping @Sendable () -> Void
  ) -> any Cancellable {
    mailbox.schedule(afterMilliseconds: milliseconds, body)
  }

  /// What is still due is never run. Waits for the thread to end; not to be called on it.
  package func stop() throws {
    mailbox.stop()
    try group.syncShutdownGracefully()
  }
}
