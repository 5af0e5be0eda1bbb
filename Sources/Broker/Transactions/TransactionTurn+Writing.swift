import Coordination
import LogStorage

extension TransactionTurn {
  /// Writes what was decided so far, in its order: the markers of a transaction before the row that says it
  /// is over.
  mutating func write(to rows: any LogTurn) throws {
    for effect in takeEffects() {
      switch effect {
      case .write(let row): try rows.write(row)
      case .remove(let transactionalID): try rows.removeTransaction(transactionalID)
      case .end(let end): try rows.end(end)
      }
    }
  }
}
