/// In whose transaction a batch is sent.
package struct TransactionalClaim: Hashable, Sendable {
  package let transactionalID: String
  /// The partition joins the transaction by being written to (Produce v12+, KIP-890). Otherwise its producer
  /// has asked before.
  package let joins: Bool

  package init(transactionalID: String, joins: Bool) {
    self.transactionalID = transactionalID
    self.joins = joins
  }
}
