/// What a broker's configuration says about producers' ids and transactions.
package struct TransactionConfig: Hashable, Sendable {
  /// `transaction.max.timeout.ms`
  package let maxTimeoutMilliseconds: Int
  /// `transaction.partition.verification.enable`
  package let verifiesPartitions: Bool
  /// `transactional.id.expiration.ms`
  package let transactionalIDExpirationMilliseconds: Int64
  /// `transaction.remove.expired.transaction.cleanup.interval.ms`
  package let idExpirationCheckIntervalMilliseconds: Int64
  /// `producer.id.expiration.ms`
  package let producerIDExpirationMilliseconds: Int64

  init(_ values: ConfigValues) {
    maxTimeoutMilliseconds = values.int("transaction.max.timeout.ms")
    verifiesPartitions = values.boolean("transaction.partition.verification.enable")
    transactionalIDExpirationMilliseconds = values.long("transactional.id.expiration.ms")
    idExpirationCheckIntervalMilliseconds =
      values.long("transaction.remove.expired.transaction.cleanup.interval.ms")
    producerIDExpirationMilliseconds = values.long("producer.id.expiration.ms")
  }
}
