import Broker
import Threads
import Transport

/// A thread for work that is long and that nobody's turn depends on.
package final class BackgroundThread: BackgroundExecutor {
  private let thread: EventLoopThread

  /// - Parameter name: The kernel cuts it to 15 bytes.
  package init(name: String) { thread = EventLoopThread(name: name) }

  package func execute(_ body: @escaping @Sendable () -> Void) { thread.loop.execute(body) }

  /// What was given before is done first. Not to be called on the thread, nor twice.
  package func stop() { thread.stop() }
}
