import Synchronization

/// Says when a fetch may read and how much, so that what is read for all of them together stays
/// within bounds however many there are and however slowly their clients take it.
///
/// Answers become shorter as the room for them shrinks, and none is made when there is no room.
/// Reads from the tables, whose results wait for nobody, are few at a time; those from memory end
/// before another begins.
final class FetchAdmission: Sendable {
  /// Two readers, and as much again so that they need not wait for the next.
  private static let maximumTableReads = 4

  /// A client that asks for more gets it in several answers. Longer ones would save it little, and
  /// cost memory for every client that asks and does not read. With what else is in the answer it
  /// stays below a power of two, to which buffers are rounded up.
  private static let longestAnswerBytes = (4 << 20) - (64 << 10)

  private struct State {
    var room: @Sendable () -> Int = { .max }
  }

  private let state = Mutex(State())
  private let tableReads = Atomic<Int>(0)

  /// - Parameter room: Bytes of responses that may be made before clients take some of those there
  ///   are. Called on any thread, often.
  func limit(to room: @escaping @Sendable () -> Int) {
    state.withLock { $0.room = room }
  }

  /// How long the next answer may be, apart from a first batch that is longer; `nil` if there should
  /// be none now.
  var answerBytes: Int? {
    let room = state.withLock { $0.room }()
    return room > 0 ? min(Self.longestAnswerBytes, room / 8) : nil
  }

  /// True if a read from the tables may begin; then `endTableRead` is to be called.
  func beginTableRead() -> Bool {
    let count = tableReads.add(1, ordering: .acquiringAndReleasing).newValue
    if count <= Self.maximumTableReads { return true }
    endTableRead()
    return false
  }

  func endTableRead() {
    tableReads.subtract(1, ordering: .acquiringAndReleasing)
  }
}
