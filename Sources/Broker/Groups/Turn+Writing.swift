import Coordination
import LogStorage

extension Turn {
  /// Writes what was decided so far. Answers stay: they leave once the turn of the log is synced.
  mutating func write(to rows: any LogTurn) throws {
    if effects.changes.isEmpty && effects.events.isEmpty { return }
    try rows.write(effects.changes, events: effects.events)
    effects.changes = []
    effects.events = []
  }
}
