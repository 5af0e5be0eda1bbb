import ActaModel
import LogStorage

extension ScriptedTurn {
  func clientQuotas() throws(StoreError) -> [ClientQuota] { store.tables.quotas }

  func clientQuotaCount() throws(StoreError) -> Int { store.tables.quotas.count }

  func write(_ changes: [ClientQuotaChange]) throws(StoreError) {
    for change in changes {
      store.tables.quotas.removeAll { $0.entity == change.entity && $0.key == change.key }
      guard let value = change.value else { continue }
      store.tables.quotas.append(
        ClientQuota(entity: change.entity, key: change.key, value: value))
    }
  }
}
