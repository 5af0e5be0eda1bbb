import Synchronization

/// The broker's wall clock, which stands still until a test moves it.
final class ManualWallClock: Sendable {
  /// Epoch milliseconds; where every test begins.
  static let start: Int64 = 1_700_000_000_000

  private let time = Mutex(start)

  var now: Int64 { time.withLock { $0 } }

  func advance(milliseconds: Int64) { time.withLock { $0 += milliseconds } }
}
