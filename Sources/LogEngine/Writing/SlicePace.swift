/// How much slow work a turn takes on beside what others wait for: as much as leaves it no longer than twice
/// what turns take without; but where much is written, what keeps up with that.
///
/// What a weight costs depends on the disk, on what is cached, and on what else the machine does, so it is
/// not worked out but found: a slice that took too long makes the next one smaller, one that did not makes it
/// a little larger.
struct SlicePace {
  private static let smallest: Int64 = 64 << 10
  private static let largest: Int64 = 2 << 20
  /// Slices shorter than this would mostly consist of beginning and ending.
  private static let leastMicroseconds: Int64 = 400
  /// In bytes, as all weights are: however much turns write.
  private static let largestUnderLoad: Int64 = 32 << 20
  /// However long turns take that are full of large batches: who comes in between should not wait longer.
  private static let mostMicroseconds: Int64 = 8_000

  /// What the next slice may weigh where little is written.
  private var smallBudget: Int64 = 256 << 10
  /// What has been appended, as slices are weighed, in this turn and in the last one that had any.
  private var appendedWeight: (now: Int64, before: Int64) = (0, 0)
  /// A moving average of what turns took in which records were written, slices apart.
  private var turnMicroseconds: Int64 = 0

  /// What the next slice may weigh: where much is written, what two turns write and a quarter more. A trim has a
  /// slice in every second turn, because the next is asked for when the last is synced; and what is deleted more
  /// slowly than it comes is never done. To delete a record takes half as long as to write it.
  var budget: Int64 {
    let appended = max(appendedWeight.now, appendedWeight.before)
    return max(smallBudget, min(appended * 2 + appended / 2, Self.largestUnderLoad))
  }

  /// What a slice may take.
  var allowance: Int64 {
    min(max(turnMicroseconds, Self.leastMicroseconds), Self.mostMicroseconds)
  }

  /// A turn in which records were written, without the slice that it may have had.
  mutating func noteTurn(microseconds: Int64) {
    appendedWeight = (now: 0, before: appendedWeight.now)
    turnMicroseconds +=
      (min(max(0, microseconds), 4 * Self.mostMicroseconds) - turnMicroseconds) / 16
  }

  /// Batches that would weigh so much in a slice were appended.
  mutating func noteAppend(weight: Int64) { appendedWeight.now += weight }

  /// A slice of this weight.
  mutating func noteSlice(weight: Int64, microseconds: Int64) {
    if microseconds > allowance {
      // In proportion, for a batch may weigh any multiple; no further than to a quarter at once.
      let fitting = min(weight, smallBudget) * allowance / max(microseconds, 1)
      smallBudget = max(Self.smallest, smallBudget / 4, min(fitting, smallBudget * 7 / 8))
    } else if weight >= smallBudget / 2 {
      smallBudget = min(Self.largest, smallBudget + max(smallBudget / 8, 1))
    }
  }
}
