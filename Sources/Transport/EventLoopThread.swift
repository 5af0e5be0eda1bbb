import Threads

/// A thread with a loop on it.
package final class EventLoopThread: Sendable {
  private let thread: WorkerThread
  /// The thread's loop, for others.
  package let loop: LoopReference

  /// Waits until the loop can be used.
  /// - Parameter name: The kernel cuts it to 15 bytes.
  package init(name: String) {
    let started = Monitor<LoopReference?>(nil)
    thread = WorkerThread(name: name) {
      let loop = EventLoop()
      started.update { $0 = LoopReference(loop) }
      loop.run()
    }
    loop = started.wait { $0 }
  }

  /// Closes all that is on the loop, then waits for the thread to end. Not to be called on it, nor
  /// twice.
  package func stop() {
    precondition(!thread.isCurrent, "a thread cannot wait for its own end")
    loop.execute { $0.stop() }
    thread.join()
  }
}
