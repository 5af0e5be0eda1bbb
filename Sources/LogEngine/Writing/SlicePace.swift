/// How much slow work the writer does beside what others wait for, and when. Whoever deletes as fast as the
/// writer takes it fills the disk's queue as well, since what is deleted goes through the log, and every sync
/// of others then waits there. So while others write, a slice comes now and then and leaves most requests
/// alone; where much is written, as often as keeps up with that; where nobody writes, at once.
///
/// What a weight costs depends on the disk, on what is cached, and on what else the machine does, so it is
/// not worked out but found: a slice that took too long makes the next one smaller, one that did not makes it
/// a little larger.
struct SlicePace {
  private static let smallest: Int64 = 64 << 10
  private static let largest: Int64 = 2 << 20
  /// In bytes, as all weights are: however much turns write.
  private static let largestUnderLoad: Int64 = 32 << 20
  /// Who comes in between should not wait longer for a slice, its sync apart.
  static let mostMicroseconds: Int64 = 8_000

  /// What the next slice may weigh where little is written.
  private var smallBudget: Int64 = 256 << 10
  /// What has been appended, as slices are weighed, in this turn and in the last one that had any.
  private var appendedWeight: (now: Int64, before: Int64) = (0, 0)
  /// What has been since the last slice.
  private var appendedSince: Int64 = 0
  /// When that was, monotonic milliseconds, and how much of a long one it was, in percent: by its time, or by
  /// what its sync has to wait for.
  private var lastSlice = (time: Int64.min / 2, percent: Int64(0))

  /// What the next slice may weigh: where much is written, what two turns write and a quarter more. A trim has a
  /// slice in every second turn, because the next is asked for when the last is synced; and what is deleted more
  /// slowly than it comes is never done. To delete a record takes half as long as to write it.
  var budget: Int64 {
    let appended = max(appendedWeight.now, appendedWeight.before)
    return max(smallBudget, min(appended * 2 + appended / 2, Self.largestUnderLoad))
  }

  /// Whether a slice may come beside what others write: when nearly as much was appended as it will take away,
  /// or so long after the last one (milliseconds), if that was a long one; of many partitions that lose
  /// little each, many may come.
  func isDue(at time: Int64, interval: Int64) -> Bool {
    if appendedSince + appendedSince / 4 >= smallBudget { return true }
    return time - lastSlice.time >= interval * lastSlice.percent / 100
  }

  /// A turn in which records were written.
  mutating func noteTurn() { appendedWeight = (now: 0, before: appendedWeight.now) }

  /// Batches that would weigh so much in a slice were appended.
  mutating func noteAppend(weight: Int64) {
    appendedWeight.now += weight
    appendedSince += weight
  }

  /// A slice of this weight, and when it was, monotonic milliseconds.
  mutating func noteSlice(weight: Int64, microseconds: Int64, at time: Int64) {
    let percent = max(
      min(microseconds, Self.mostMicroseconds) * 100 / Self.mostMicroseconds,
      min(weight, Self.largest) * 100 / Self.largest)
    lastSlice = (time, percent)
    appendedSince = 0
    if microseconds > Self.mostMicroseconds {
      // In proportion, for a batch may weigh any multiple; no further than to a quarter at once.
      let fitting = min(weight, smallBudget) * Self.mostMicroseconds / max(microseconds, 1)
      smallBudget = max(Self.smallest, smallBudget / 4, min(fitting, smallBudget * 7 / 8))
    } else if weight >= smallBudget / 2 {
      smallBudget = min(Self.largest, smallBudget + max(smallBudget / 8, 1))
    }
  }
}
