/// What the configuration says about transactions; times in milliseconds.
package struct TransactionSettings: Equatable, Sendable {
  /// `transaction.max.timeout.ms`
  package var maxTimeout: Int32 = 900_000
  /// `transactional.id.expiration.ms`
  package var idExpiration: Int64 = 604_800_000
  /// Transactional ids that may be there at once.
  package var maxIDs = 100_000
  /// Bytes of all of them together: they are read at each start.
  package var maxIDBytes = 16 << 20
  /// Groups of which one transaction may commit positions; each of them makes its row longer.
  package var maxGroups = 1_000

  package init() {}
}
