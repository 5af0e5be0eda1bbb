import Threads

/// When the next of many things is due, at so many a second.
struct Pace: Sendable {
  /// A wait shorter than this costs more than it is long.
  private static let leastMicroseconds: Int64 = 2_000

  /// `nil` is as fast as it goes.
  private let perSecond: Double?
  private let start: Int64

  /// - Parameters:
  ///   - perSecond: Negative is as fast as it goes.
  ///   - now: Microseconds.
  init(perSecond: Double, now: Int64) {
    self.perSecond = perSecond < 0 ? nil : perSecond
    start = now
  }

  /// How many microseconds to wait after so many; 0 is not at all.
  func wait(after count: Int64, now: Int64) -> Int64 {
    guard let perSecond else { return 0 }
    let due = Double(count) / perSecond * 1_000_000
    let wait = due - Double(now - start)
    if wait < Double(Self.leastMicroseconds) { return 0 }
    // Nothing a second: as long as whoever waits likes.
    return Int64(min(wait, 3_600_000_000))
  }

  /// Waits if it is too early, or until the task is cancelled.
  func keep(after count: Int64) async {
    let wait = wait(after: count, now: Clock.monotonicMicroseconds())
    if wait > 0 { try? await Task.sleep(for: .microseconds(wait)) }
  }
}
