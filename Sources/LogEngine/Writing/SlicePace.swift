/// How much slow work a turn takes on beside what others wait for: as much as leaves it no longer than twice
/// what turns take without.
///
/// What a weight costs depends on the disk, on what is cached, and on what else the machine does, so it is
/// not worked out but found: a slice that took too long makes the next one smaller, one that did not makes it
/// a little larger.
struct SlicePace {
  private static let smallest: Int64 = 64 << 10
  private static let largest: Int64 = 2 << 20
  /// Slices shorter than this would mostly consist of beginning and ending.
  private static let leastMicroseconds: Int64 = 400
  /// However long turns take that are full of large batches: who comes in between should not wait longer.
  private static let mostMicroseconds: Int64 = 8_000

  /// What the next slice may weigh.
  private(set) var budget: Int64 = 256 << 10
  /// A moving average of what turns took in which records were written, slices apart.
  private var turnMicroseconds: Int64 = 0

  /// What a slice may take.
  var allowance: Int64 {
    min(max(turnMicroseconds, Self.leastMicroseconds), Self.mostMicroseconds)
  }

  /// A turn in which records were written, without the slice that it may have had.
  mutating func noteTurn(microseconds: Int64) {
    turnMicroseconds +=
      (min(max(0, microseconds), 4 * Self.mostMicroseconds) - turnMicroseconds) / 16
  }

  /// A slice of this weight.
  mutating func noteSlice(weight: Int64, microseconds: Int64) {
    if microseconds > allowance {
      // In proportion, for a batch may weigh any multiple; no further than to a quarter at once.
      let fitting = min(weight, budget) * allowance / max(microseconds, 1)
      budget = max(Self.smallest, budget / 4, min(fitting, budget * 7 / 8))
    } else if weight >= budget / 2 {
      budget = min(Self.largest, budget + max(budget / 8, 1))
    }
  }
}
