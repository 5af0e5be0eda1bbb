package import ActaModel

/// One turn of the transaction coordinator: when it happens, by which rules, and what it has led to so far.
package struct TransactionTurn: Sendable {
  package enum Effect: Equatable, Sendable {
    case write(TransactionRow)
    case remove(transactionalID: String)
    /// Comes before the row that says so.
    case end(TransactionEnd)
  }

  package let now: Instant
  /// Epoch milliseconds.
  package let wallClock: Int64
  package let settings: TransactionSettings
  /// To be written in this order.
  package private(set) var effects: [Effect] = []

  package init(at now: Instant, wallClock: Int64, settings: TransactionSettings) {
    self.now = now
    self.wallClock = wallClock
    self.settings = settings
  }

  mutating func note(_ effect: Effect) { effects.append(effect) }

  /// Hands over what is to be written.
  package mutating func takeEffects() -> [Effect] {
    defer { effects = [] }
    return effects
  }
}
