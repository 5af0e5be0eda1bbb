import Coordination
import LogStorage

extension TransactionCoordinator {
  /// Writes what was decided so far in the turn, in its order: the markers of a transaction before the row
  /// that says it is over.
  func write(_ turn: inout TransactionTurn, to rows: any LogTurn) throws {
    for effect in takeEffects(of: &turn) {
      switch effect {
      case .write(let row): try rows.write(row)
      case .remove(let transactionalID): try rows.removeTransaction(transactionalID)
      case .end(let end): try rows.end(end)
      }
    }
  }
}
