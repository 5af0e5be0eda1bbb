import ActaModel
import LogStorage

extension ScriptedTurn {
  func clientQuotas() throws(StoreError) -> [ClientQuota] {
    store.tables.quotas.map { ClientQuota(entity: $0.entity, key: $0.key, value: $1) }
  }

  func clientQuotaCount() throws(StoreError) -> Int { store.tables.quotas.count }

  func write(_ changes: [ClientQuotaChange]) throws(StoreError) {
    for change in changes {
      store.tables.quotas[.init(entity: change.entity, key: change.key)] = change.value
    }
  }
}
