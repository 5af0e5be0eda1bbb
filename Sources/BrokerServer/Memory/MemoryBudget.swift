import Broker
import Synchronization

/// Bytes that all connections together may hold: frames being read, or handled as part of a pipeline, and
/// responses unsent.
///
/// It never refuses: connections charge what they have come to hold and stop taking more while it is
/// exhausted. If everything it counts is in half-read frames, none of them would ever complete, so
/// one connection at a time may go on regardless: it has the overdraft.
package final class MemoryBudget: Sendable {
  private struct Observer {
    var released: (@Sendable () -> Void)?
  }

  private let limit: Int
  private let isUnderPressure: @Sendable () -> Bool
  private let used = Atomic<Int>(0)
  /// The part of `used` that is responses.
  private let responses = Atomic<Int>(0)
  private let isOverdrawn = Atomic<Bool>(false)
  private let observer = Mutex(Observer())
  /// Whether somebody wants to know of the next release.
  private let isAwaited = Atomic<Bool>(false)

  package init(limit: Int, isUnderPressure: @escaping @Sendable () -> Bool = { false }) {
    self.limit = limit
    self.isUnderPressure = isUnderPressure
  }

  package var usedBytes: Int { used.load(ordering: .relaxed) }

  /// Whether to stop taking more.
  var isExhausted: Bool { usedBytes >= limit || isUnderPressure() }
  /// Whether those who stopped may go on. Lower than where they stop, so that they do not stop again
  /// at once.
  var hasRecovered: Bool { !isShort && !isUnderPressure() }
  /// Whether others wait for memory, or soon will.
  var isShort: Bool { usedBytes >= limit / 4 * 3 }

  /// What is left of the half that responses may take. Requests do not count: they end, while a
  /// peer may leave responses unread for as long as it is let.
  package var roomForResponses: Int {
    limit / 2 - responses.load(ordering: .sequentiallyConsistent)
  }
  /// Whether who stalls is not waited for as long as usual.
  var isShortForResponses: Bool { roomForResponses < limit / 4 }
  /// Whether others wait for who stalls.
  var isExhaustedForResponses: Bool { roomForResponses < limit / 8 }

  /// - Parameter responseBytes: How many of the bytes are responses.
  func charge(_ bytes: Int, responseBytes: Int = 0) {
    used.add(bytes, ordering: .relaxed)
    if responseBytes == 0 { return }
    // In one order with `isAwaited`: either who waits sees the room, or this sees that it waits.
    responses.add(responseBytes, ordering: .sequentiallyConsistent)
    guard responseBytes < 0, isAwaited.load(ordering: .sequentiallyConsistent),
      isAwaited.exchange(false, ordering: .sequentiallyConsistent)
    else { return }
    observer.withLock { $0.released }?()
  }

  /// Whether the caller may go on although the budget is exhausted; it gives the right back with
  /// `returnOverdraft`. Nobody gets it while only the pressure from outside holds them: that eases
  /// by itself.
  func takeOverdraft() -> Bool {
    guard !isUnderPressure() else { return false }
    return isOverdrawn.compareExchange(
      expected: false, desired: true, ordering: .acquiringAndReleasing
    ).exchanged
  }

  func returnOverdraft() {
    isOverdrawn.store(false, ordering: .releasing)
  }
}

extension MemoryBudget: AnswerMemory {
  package var limitBytes: Int { limit / 2 }
  package var roomBytes: Int { roomForResponses }

  package func reserve(_ bytes: Int) { charge(bytes, responseBytes: bytes) }

  package func awaitRelease() { isAwaited.store(true, ordering: .sequentiallyConsistent) }

  package func observeReleases(_ observer: @escaping @Sendable () -> Void) {
    self.observer.withLock { $0.released = observer }
  }
}
