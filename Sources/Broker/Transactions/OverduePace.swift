import ActaModel
import Coordination

/// How many of the transactions that have taken too long are aborted in one turn of the log.
///
/// It is a bounded number, since produces wait for it. When the storage has refused such a turn, one in it may
/// be at fault: of what it writes a row is damaged, or refused by a trigger of an application's. They are then
/// tried singly, and one that fails by itself is put off, so that it does not keep the others.
struct OverduePace: Sendable {
  /// Partitions and groups.
  private static let weightPerTurn = 1_000
  /// After the storage refused one that was tried singly, or refused for another reason.
  private static let pauseMilliseconds: Int64 = 1_000
  /// After which one that could not be aborted is tried again.
  static let restMilliseconds: Int64 = 60_000

  private var isSingle = false
  /// To be put off by the next turn.
  private var failed: [String] = []
  /// Before which nothing is tried.
  private(set) var pause: Instant?

  /// What a turn may do: how much to abort, and whom to put off before; `nil` during a pause.
  mutating func begin(at now: Instant) -> (weight: Int, putOff: [String])? {
    if let pause, now < pause { return nil }
    pause = nil
    defer { failed = [] }
    return (isSingle ? 1 : Self.weightPerTurn, failed)
  }

  /// A turn has left nothing that is due.
  mutating func finished() { isSingle = false }

  /// A turn that tried to abort these was refused. The result is the one that is put off for it.
  mutating func refused(
    _ tried: [String], _ error: StorageError, at now: Instant
  ) -> String? {
    if Self.mayConcernOne(error), tried.count > 1 {
      isSingle = true
      return nil
    }
    pause = now + Self.pauseMilliseconds
    guard Self.mayConcernOne(error), let single = tried.first else { return nil }
    isSingle = true
    failed.append(single)
    return single
  }

  private static func mayConcernOne(_ error: StorageError) -> Bool {
    switch error {
    case .refused, .failed: true
    default: false
    }
  }
}
