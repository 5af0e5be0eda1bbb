/// What the configuration says about transactions; times in milliseconds.
package struct TransactionSettings: Equatable, Sendable {
  /// `transaction.max.timeout.ms`
  package var maxTimeout: Int32 = 900_000
  /// `transactional.id.expiration.ms`
  package var idExpiration: Int64 = 604_800_000
  /// Transactional ids that may be there at once.
  package var maxIDs = 100_000

  package init() {}
}
