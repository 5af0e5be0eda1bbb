import ClientCore
import Synchronization
import Threads

/// Whether the program of a member of a group comes for records.
enum ProgramPresence {
  case here
  /// It has left its loop over records, behind which the group is being left.
  case leaving
  /// The group has been left; it is joined again when the program comes for more.
  case away
}

extension ConsumerBuffer {
  /// Whether a loop was left, and the program has not come for more since.
  var isAway: Bool { state.withLock { $0.presence != .here } }

  var isLeaving: Bool { state.withLock { $0.presence == .leaving } }

  /// - Returns: Whether the group is to be left now: once, not while some task takes records, and not by a consumer
  ///   that is being closed, which does that itself.
  func beginLeaving() -> Bool {
    state.withLock { state in
      guard state.presence == .here, !state.isPolling, state.objection == nil else { return false }
      state.deliveredToLoop = state.delivered
      state.presence = .leaving
      return true
    }
  }

  func endLeaving() { tell { $0.presence = .away } }

  /// The program has subscribed anew.
  func noteHere() { state.withLock { if $0.presence == .away { $0.noteHere() } } }

  /// Waits until the group is not being left any more, the task is cancelled, or the time is up.
  ///
  /// - Parameters:
  ///   - deadline: Monotonic milliseconds.
  ///   - begun: Has the thread call `wakeOverdue` when the time is up.
  func waitWhileLeaving(until deadline: Int64, begun: () -> Void) async {
    let (waiter, signal) = beginToWait(until: deadline) { state in
      state.presence != .leaving || state.objection != nil
    }
    guard let waiter else { return }
    begun()
    await signal.wait()
    state.withLock { $0.waiting.remove(waiter) }
  }

  /// The same, whatever becomes of the task.
  func waitUntilLeft(until deadline: Int64 = .max, begun: () -> Void = {}) async {
    while Clock.monotonicMilliseconds() < deadline {
      let (waiter, signal) = beginToWait(until: deadline) { $0.presence != .leaving }
      guard waiter != nil else { return }
      begun()
      // Whoever wakes one has removed it.
      await signal.waitShielded()
    }
  }
}

extension ConsumerBuffer.State {
  /// How far records were given out of the partitions that there are.
  var delivered: [CorePartition: OffsetAndMetadata] { partitions.compactMapValues(\.delivered) }

  mutating func noteHere() {
    presence = .here
    deliveredToLoop = [:]
  }
}
