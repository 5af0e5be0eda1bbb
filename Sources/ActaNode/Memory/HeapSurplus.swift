/// When the heap has so much more than what the cache takes that the system should have it back. A value: what there
/// is and the time go in.
///
/// Memory that is freed stays with `malloc`, in the arena of whoever allocated it: batches that others read or produce
/// next may come from another arena, or not fit where those before them were. Without this a cache of 256 MiB had
/// 463 MiB of memory after batches of many sizes.
struct HeapSurplus: Sendable {
  /// Requests, answers and connections need memory as well, and what they leave is soon used again.
  private static let least = 64 << 20
  private static let shortestInterval: Int64 = 5_000
  private static let longestInterval: Int64 = 300_000
  /// Who allocates meanwhile waits: 10 to 25 ms for a heap of 400 MiB. No more than so small a part of the time.
  private static let share: Int64 = 500

  private var notBefore = Int64.min
  private var interval = Self.shortestInterval

  /// - Parameters:
  ///   - resident: Bytes of memory that the process has for itself.
  ///   - cached: Bytes that the cache takes of them.
  ///   - time: Milliseconds that never jump.
  func isDue(resident: Int, cached: Int, at time: Int64) -> Bool {
    resident - cached > Self.least + cached / 4 && time >= notBefore
  }

  /// Where most of it was in use, or lay between what is, the next time comes later and later.
  ///
  /// - Parameters:
  ///   - resident: Before.
  ///   - left: After that.
  ///   - time: When it was begun.
  ///   - took: Milliseconds.
  mutating func noteTrim(resident: Int, left: Int, cached: Int, at time: Int64, took: Int64) {
    let isWorthwhile = resident - left >= (resident - cached) / 4
    interval = isWorthwhile ? Self.shortestInterval : min(interval * 2, Self.longestInterval)
    notBefore = time + max(interval, took * Self.share)
  }
}
