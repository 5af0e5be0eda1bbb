import Coordination
import LogStorage

extension Turn {
  /// Writes what was decided so far. Answers stay: they leave once the transaction is synced.
  mutating func write(to transaction: any LogTurn) throws {
    if effects.changes.isEmpty && effects.events.isEmpty { return }
    try transaction.write(effects.changes, events: effects.events)
    effects.changes = []
    effects.events = []
  }
}
