import Threads
import Transport

/// One timer for whatever has a deadline, however much of it comes and goes: what is over in time leaves nothing
/// behind. Only the client's loop touches it.
final class DeadlineTimer {
  private let loop: EventLoop
  private let ring: (Int64) -> Int64?
  private var timer: LoopTimer?
  private var due: Int64?

  /// - Parameter ring: Deals with what is due at a moment (monotonic milliseconds), and says when there is more.
  init(on loop: EventLoop, _ ring: @escaping (Int64) -> Int64?) {
    self.loop = loop
    self.ring = ring
  }

  /// Something is due at a moment; `.max` is never.
  func note(_ deadline: Int64) {
    guard deadline < .max, due.map({ deadline < $0 }) ?? true else { return }
    timer?.cancel()
    due = deadline
    let wait = max(0, deadline - Clock.monotonicMilliseconds())
    timer = loop.schedule(afterMilliseconds: wait) { [weak self] in self?.rang() }
  }

  private func rang() {
    timer = nil
    due = nil
    if let next = ring(Clock.monotonicMilliseconds()) { note(next) }
  }

  func cancel() {
    timer?.cancel()
    timer = nil
  }
}
