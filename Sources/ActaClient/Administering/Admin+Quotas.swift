import ActaModel
import ClientCore
import KafkaWire

extension Admin {
  /// Quotas of users, client ids and addresses: bytes a second for `producer_byte_rate` and `consumer_byte_rate`,
  /// percent for `request_percentage`, a second's number for `controller_mutation_rate` and
  /// `connection_creation_rate`.
  ///
  /// - Throws: `KafkaError` for what concerns all of it, as `Admin` says.
  public func describeClientQuotas(
    _ filter: ClientQuotaFilter = .all
  ) async throws(KafkaError) -> [ClientQuotaEntity: [String: Double]] {
    var request = DescribeClientQuotasRequest()
    request.components = filter.components.sorted { $0.key < $1.key }.map { .init($0, $1) }
    request.strict = filter.isStrict
    let question = request
    return try await perform("describeClientQuotas") { call throws(ClientFailure) in
      let response = try await call.retrying { () throws(ClientFailure) in
        let answer = try await call.send(question, to: nil)
        guard answer.errorCode == .none else {
          throw ClientFailure(answer.errorCode, saying: answer.errorMessage, of: "client quotas")
        }
        return answer
      }
      return .telling(response.entries ?? []) { entry in
        (
          ClientQuotaEntity(entry.entity),
          .telling(entry.values) { ($0.key, $0.value.value) }
        )
      }
    }
  }

  /// Sets quotas and takes them away.
  ///
  /// - Parameters:
  ///   - changes: By entity and by the quota's name.
  ///   - validateOnly: Whether it is only checked that they could be set.
  /// - Returns: By entity; 42 for an entity or a quota that there is not.
  /// - Throws: `KafkaError` for what concerns all of it, as `Admin` says.
  public func alterClientQuotas(
    _ changes: [ClientQuotaEntity: [String: ClientQuotaChange]], validateOnly: Bool = false
  ) async throws(KafkaError) -> [ClientQuotaEntity: Result<Void, KafkaError>] {
    try await performEach("alterClientQuotas") { call throws(ClientFailure) in
      try await call.each(changes.keys, by: .controller) { node, entities throws(ClientFailure) in
        var request = AlterClientQuotasRequest()
        request.validateOnly = validateOnly
        request.entries = entities.map { entity in
          var entry = AlterClientQuotasRequest.Entry()
          entry.entity = entity.wire
          entry.operations = (changes[entity] ?? [:]).sorted { $0.key < $1.key }
            .map { .init($0, $1) }
          return entry
        }
        let response = try await call.send(request, to: node)
        return .telling(response.entries) { entry in
          let entity = ClientQuotaEntity(entry.entity)
          return (
            entity, .of(entry.errorCode, entry.errorMessage, about: "quotas of \(entity)", ())
          )
        }
      }
    }
  }
}

extension ClientQuotaEntity {
  fileprivate init(_ parts: [QuotaEntityPart]) {
    self.init(
      Set(
        parts.map { part in
          switch part.entityType {
          case "user": .user(part.entityName)
          case "client-id": .clientID(part.entityName)
          case "ip": .ip(part.entityName)
          default: .other(type: part.entityType, name: part.entityName)
          }
        }))
  }

  fileprivate var wire: [QuotaEntityPart] {
    parts.map { part in
      var entry = QuotaEntityPart()
      (entry.entityType, entry.entityName) = part.words
      return entry
    }.sorted { $0.entityType < $1.entityType }
  }
}

extension DescribeClientQuotasRequest.Component {
  fileprivate init(_ type: String, _ match: ClientQuotaFilter.Match) {
    self.init()
    entityType = type
    switch match {
    case .name(let name): (matchType, self.match) = (0, name)
    case .default: (matchType, self.match) = (1, nil)
    case .any: (matchType, self.match) = (2, nil)
    }
  }
}

extension AlterClientQuotasRequest.Operation {
  fileprivate init(_ key: String, _ change: ClientQuotaChange) {
    self.init()
    self.key = key
    switch change {
    case .set(let number): value = WireDouble(number)
    case .remove: remove = true
    }
  }
}
