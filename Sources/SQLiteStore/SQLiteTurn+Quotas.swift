import ActaModel
import LogStorage

extension SQLiteTurn {
  func clientQuotas() throws(StoreError) -> [ClientQuota] {
    try readingForRequest { try store.quotas.all() }
  }

  func clientQuotaCount() throws(StoreError) -> Int { try translated { try store.quotas.count() } }

  func write(_ changes: [ClientQuotaChange]) throws(StoreError) {
    try translated { try store.quotas.write(changes, at: now) }
  }
}
