import Broker
import NIOCore
import Synchronization

/// The way onto one event loop from other threads. However many calls arrive before the loop looks,
/// they wake it once.
final class LoopMailbox: ConnectionExecutor {
  private struct State {
    var work: [@Sendable () -> Void] = []
    /// Whether a drain is on its way, and so nobody else needs to wake the loop.
    var isScheduled = false
    var isStopped = false
  }

  let eventLoop: any EventLoop
  private let state = Mutex(State())

  init(eventLoop: any EventLoop) {
    self.eventLoop = eventLoop
  }

  var nowMilliseconds: Int64 { NIODeadline.now().milliseconds }

  func execute(_ body: @escaping @Sendable () -> Void) {
    let mustWake = state.withLock { state in
      if state.isStopped { return false }
      state.work.append(body)
      defer { state.isScheduled = true }
      return !state.isScheduled
    }
    if mustWake { eventLoop.execute { self.drain() } }
  }

  func schedule(
    afterMilliseconds milliseconds: Int64, _ body: @escaping @Sendable () -> Void
  ) -> any Cancellable {
    ScheduledWork(eventLoop.scheduleTask(in: .milliseconds(milliseconds)) { body() })
  }

  /// From here on nothing is run: late answers find no loop to run on.
  func stop() {
    state.withLock { state in
      state.isStopped = true
      state.work = []
    }
  }

  /// Goes on while more keeps coming, so that those who send it need not wake the loop, but not for
  /// ever: sockets wait meanwhile.
  private func drain() {
    for _ in 0..<8 {
      let batch = state.withLock { state in
        state.isScheduled = !state.work.isEmpty
        defer { state.work = [] }
        return state.work
      }
      if batch.isEmpty { return }
      for body in batch { body() }
    }
    eventLoop.execute { self.drain() }
  }
}

/// A task of an event loop as handlers know it.
private struct ScheduledWork: Cancellable {
  private let task: Scheduled<Void>

  init(_ task: Scheduled<Void>) { self.task = task }

  func cancel() { task.cancel() }
}

extension NIODeadline {
  var milliseconds: Int64 { Int64(uptimeNanoseconds / 1_000_000) }
}
