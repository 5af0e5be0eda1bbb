package import ActaModel

/// One turn of the transaction coordinator: when it happens, by which rules, and what it has led to so far.
package struct TransactionTurn: Sendable {
  package enum Effect: Equatable, Sendable {
    case write(TransactionRow)
    case remove(transactionalID: String)
    case end(TransactionEnd)
  }

  package let now: Instant
  /// Epoch milliseconds.
  package let wallClock: Int64
  package let settings: TransactionSettings
  /// In their order.
  private var ends: [TransactionEnd] = []
  /// Ids of which something has changed. Their rows are not kept here, since each row that is kept has its own
  /// copy of what its transaction takes in.
  private var changed: Set<ExactText> = []

  package init(at now: Instant, wallClock: Int64, settings: TransactionSettings) {
    self.now = now
    self.wallClock = wallClock
    self.settings = settings
  }

  mutating func note(_ end: TransactionEnd) { ends.append(end) }

  mutating func noteChange(of transactionalID: String) {
    changed.insert(ExactText(transactionalID))
  }

  /// Hands over what has ended, and whose rows have changed.
  mutating func take() -> (ends: [TransactionEnd], changed: Set<ExactText>) {
    defer { (ends, changed) = ([], []) }
    return (ends, changed)
  }
}
