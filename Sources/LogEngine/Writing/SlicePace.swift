/// How much slow work a turn takes on beside what others wait for: as much as leaves it no longer than twice
/// what turns take without.
///
/// What a weight costs depends on the disk, on what is cached, and on what else the machine does, so it is
/// not worked out but found: a turn that took too long makes the next slice smaller, one that did not makes it
/// a little larger. With no slow work to do it only remembers how long turns take.
struct SlicePace {
  private static let smallest: Int64 = 32 << 10
  private static let largest: Int64 = 2 << 20
  /// Slices shorter than this would mostly consist of beginning and ending; and nobody notices them.
  private static let leastMicroseconds: Int64 = 500
  /// Whatever turns take that are full of large batches: who comes in between should not wait longer.
  private static let mostMicroseconds: Int64 = 8_000

  /// What the next slice may weigh.
  private(set) var budget: Int64 = 256 << 10
  /// A moving average over the last turns that did nothing slow.
  private var turnMicroseconds: Int64 = 0

  /// What a slice may make a turn take.
  var allowance: Int64 {
    min(max(2 * turnMicroseconds, Self.leastMicroseconds), Self.mostMicroseconds)
  }

  /// A turn in which others have written, and nothing slow was done.
  mutating func noteTurn(microseconds: Int64) {
    turnMicroseconds += (min(microseconds, Self.mostMicroseconds) - turnMicroseconds) / 16
  }

  /// A turn with slow work of this weight in it.
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
