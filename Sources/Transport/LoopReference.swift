import Glibc
import Threads

/// A loop as other threads know it.
package struct LoopReference: Sendable {
  private let loop: LoopBound<EventLoop>
  private let mailbox: Mailbox

  /// To be made on the loop's thread.
  package init(_ loop: EventLoop) {
    self.loop = LoopBound(loop)
    mailbox = loop.mailbox
  }

  package var isCurrent: Bool { loop.isOnLoop }

  /// Connections of the loop that exist, open or not.
  package var liveConnections: Int { mailbox.liveConnections }

  /// Runs `body` later on the loop; once the loop has stopped it is dropped.
  package func execute(_ body: @escaping @Sendable (EventLoop) -> Void) {
    mailbox.execute { [loop] in body(loop.value) }
  }

  /// The same without the loop.
  package func execute(_ body: @escaping @Sendable () -> Void) { mailbox.execute(body) }

  /// Runs `body` on the loop and waits for what it returns; `nil` when the loop has stopped. Not to be
  /// called on the loop.
  package func submit<R: Sendable>(_ body: @escaping @Sendable (EventLoop) -> R) -> R? {
    precondition(!isCurrent, "a loop cannot wait for itself")
    let state = Monitor(Promise<R>.State.awaited)
    mailbox.execute { [loop, promise = Promise(state)] in promise.keep(body(loop.value)) }
    return state.wait { state in
      switch state {
      case .awaited: nil
      case .kept(let value): .some(value)
      case .dropped: .some(nil)
      }
    }
  }

  /// Runs `body` on the loop when the time has come. After the stop nothing is run.
  package func schedule(
    afterMilliseconds milliseconds: Int64, _ body: @escaping @Sendable () -> Void
  ) -> ScheduledCall {
    let call = ScheduledCall(body, on: self)
    if isCurrent {
      call.start(on: loop.value, afterMilliseconds: milliseconds)
    } else {
      let due = Clock.monotonicMilliseconds() + milliseconds
      execute { loop in
        call.start(
          on: loop, afterMilliseconds: max(0, due - Clock.monotonicMilliseconds()))
      }
    }
    return call
  }
}

/// What a loop was asked for. It is kept, or the closure that would have kept it is dropped, and this
/// with it.
private final class Promise<R: Sendable>: Sendable {
  enum State {
    case awaited
    case kept(R)
    case dropped
  }

  private let state: Monitor<State>

  init(_ state: Monitor<State>) { self.state = state }

  deinit {
    state.update { if case .awaited = $0 { $0 = .dropped } }
  }

  func keep(_ value: R) { state.update { $0 = .kept(value) } }
}
