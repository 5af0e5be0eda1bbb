import ActaModel
import LogStorage

extension EngineTurn: ClientQuotaTurn {
  func clientQuotas() throws -> [ClientQuota] { try rows.clientQuotas() }

  func write(_ changes: [ClientQuotaChange]) throws -> Result<Void, StorageError> {
    let isMore = changes.contains { $0.value != nil }
    if isMore, let objection = writer.objectionToMore { return .failure(objection) }
    guard try fits(changes) else { return .failure(.tooMany("client quotas")) }
    try rows.write(changes)
    return .success(())
  }

  /// What there is is looked through only where it could be too much.
  private func fits(_ changes: [ClientQuotaChange]) throws -> Bool {
    let set = changes.lazy.filter { $0.value != nil }
    let limit = ClientQuotaLimit.count
    if try rows.clientQuotaCount() + set.count <= limit { return true }
    struct Place: Hashable {
      let entity: QuotaEntity
      let key: String
    }
    var places = Set(try rows.clientQuotas().map { Place(entity: $0.entity, key: $0.key) })
    for change in changes {
      let place = Place(entity: change.entity, key: change.key)
      if change.value == nil { places.remove(place) } else { places.insert(place) }
    }
    return places.count <= limit
  }
}
