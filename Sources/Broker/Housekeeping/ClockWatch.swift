/// Tells a wall clock that goes from one that was set: whatever deletes by age asks it first.
///
/// A look whose wall time disagrees with monotonic time by more than five minutes since the look
/// before is not trusted; it only becomes the base of the next.
struct ClockWatch: Sendable {
  private static let tolerableDriftMilliseconds: Int64 = 5 * 60 * 1_000

  private var base: (wall: Int64, monotonic: Int64)?

  /// - Parameter wall: Epoch milliseconds.
  /// - Parameter monotonic: Milliseconds of a clock that never jumps.
  mutating func trusts(wall: Int64, monotonic: Int64) -> Bool {
    defer { base = (wall, monotonic) }
    guard let base else { return true }
    let drift = (wall - base.wall) - (monotonic - base.monotonic)
    return abs(drift) <= Self.tolerableDriftMilliseconds
  }
}
