package import ActaModel

/// Client quotas inside a turn.
package protocol ClientQuotaTurn {
  /// All there are, in no particular order. There are no more than `ClientQuotaLimit.count`.
  func clientQuotas() throws -> [ClientQuota]

  /// Sets and takes away, in order: all of them, or none where the log takes no more.
  func write(_ changes: [ClientQuotaChange]) throws -> Result<Void, StorageError>
}

/// The rows of client quotas inside a turn.
package protocol ClientQuotaRows: AnyObject {
  func clientQuotas() throws(StoreError) -> [ClientQuota]
  func clientQuotaCount() throws(StoreError) -> Int
  func write(_ changes: [ClientQuotaChange]) throws(StoreError)
}

/// Quotas are looked through whole, so there must not be any number of them.
package enum ClientQuotaLimit {
  package static let count = 10_000
}
