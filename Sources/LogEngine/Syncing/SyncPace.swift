/// How long syncs take. One that was slow is remembered for a few that follow: a disk that is slow by nature is so
/// each time, and one that was busy for once is quick again.
struct SyncPace {
  /// What the slow ones of late have taken.
  private var microseconds: Int64 = 0

  /// As much as anything else may keep a thread from those that it serves (`QuickValidation`).
  private static var quick: Int64 { 1_000 }

  var isQuick: Bool { microseconds <= Self.quick }

  mutating func note(microseconds took: Int64) {
    microseconds = max(took, microseconds / 2)
  }
}
