import Coordination
import Synchronization

/// One timer for whatever is due first. It may ring early, when what it was set for has been put
/// off since; its owner looks what is due then, and sets it anew.
final class Alarm: Sendable {
  private struct State {
    var isStopped = false
    /// Rings that are not the latest setting's are not heard.
    var setting = 0
    /// `nil` when it is not set, and while it rings: it is silent until `hush`.
    var due: Instant?
    var isRinging = false
    var timer: (any Cancellable)?
  }

  private let timers: any Timers
  private let state = Mutex(State())

  init(_ timers: any Timers) { self.timers = timers }

  var now: Instant { Instant(milliseconds: timers.nowMilliseconds) }

  /// Rings at `instant` or before. Nothing changes if it is set for an earlier moment, or rings.
  func set(for instant: Instant?, ring: @escaping @Sendable () -> Void) {
    guard let instant else { return }
    let change: (setting: Int, replaced: (any Cancellable)?)? = state.withLock { state in
      if state.isStopped || state.isRinging { return nil }
      if let due = state.due, due <= instant { return nil }
      state.due = instant
      state.setting += 1
      defer { state.timer = nil }
      return (state.setting, state.timer)
    }
    guard let change else { return }
    change.replaced?.cancel()
    let delay = max(0, instant.milliseconds - now.milliseconds)
    // The timer may run out on another thread before it is noted here.
    let timer = timers.schedule(afterMilliseconds: delay) { [weak self] in
      if self?.begins(change.setting) == true { ring() }
    }
    let isCurrent = state.withLock { state in
      guard state.setting == change.setting, state.due != nil else { return false }
      state.timer = timer
      return true
    }
    if !isCurrent { timer.cancel() }
  }

  private func begins(_ setting: Int) -> Bool {
    state.withLock { state in
      guard !state.isStopped, state.setting == setting else { return false }
      state.due = nil
      state.timer = nil
      state.isRinging = true
      return true
    }
  }

  /// What it rang for has been seen to.
  func hush() { state.withLock { $0.isRinging = false } }

  func stop() {
    let timer = state.withLock { state in
      state.isStopped = true
      return state.timer
    }
    timer?.cancel()
  }
}
