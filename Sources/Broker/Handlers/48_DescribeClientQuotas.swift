import ActaModel
import KafkaWire
import LogStorage

/// DescribeClientQuotas, versions 0–1: what is kept of quotas. Nothing is throttled by them yet.
///
/// Rights: DESCRIBE_CONFIGS of the cluster.
struct DescribeClientQuotasHandler: Handler {
  let broker: Broker

  func handle(
    _ request: DescribeClientQuotasRequest, _ context: RequestContext,
    respond: @escaping @Sendable (Outcome<DescribeClientQuotasResponse>) -> Void
  ) {
    let filter: QuotaFilter
    do throws(ProtocolError) {
      try context.session.require(.describeConfigs, .cluster)
      filter = try QuotaFilter(request)
    } catch {
      return respond(.response(.refusal(error)))
    }
    broker.storage.turn(
      { rows in
        let quotas = try rows.clientQuotas().filter { filter.passes($0.entity) }
        return {
          let bytes = AnswerSize.sum(quotas) { quota in
            AnswerSize.element + AnswerSize.text(quota.entity.user?.text)
              + AnswerSize.text(quota.entity.clientID?.text)
          }
          respond(.large(LargeAnswer(bytes: bytes) { .answer(quotas) }))
        }
      },
      refuse: { respond(.response(.refusal(ProtocolError($0, about: "client quotas")))) })
  }
}

extension DescribeClientQuotasResponse {
  fileprivate static func refusal(_ error: ProtocolError) -> Self {
    var response = Self()
    response.errorCode = error.code
    response.errorMessage = error.message
    response.entries = nil
    return response
  }

  /// By entity, and by key within.
  fileprivate static func answer(_ quotas: [ClientQuota]) -> Self {
    var response = Self()
    response.errorMessage = ""
    response.entries = Dictionary(grouping: quotas, by: \.entity).map { entity, quotas in
      (entity.order, Entry(entity, quotas.sorted { $0.key < $1.key }))
    }.sorted { $0.0.lexicographicallyPrecedes($1.0) }.map(\.1)
    return response
  }
}

extension DescribeClientQuotasResponse.Entry {
  fileprivate init(_ entity: QuotaEntity, _ quotas: [ClientQuota]) {
    self.init()
    self.entity = entity.parts.map { QuotaEntityPart($0.type, $0.name.text) }
    values = quotas.map { quota in
      var value = DescribeClientQuotasResponse.Value()
      value.key = quota.key
      value.value = WireDouble(quota.value)
      return value
    }
  }
}

extension QuotaEntityPart {
  init(_ type: String, _ name: String?) {
    self.init()
    entityType = type
    entityName = name
  }
}

extension QuotaEntity {
  /// In the order in which Kafka tells them.
  fileprivate var parts: [(type: String, name: Name)] {
    [("client-id", clientID), ("user", user), ("ip", ip)].compactMap { type, name in
      name.map { (type, $0) }
    }
  }

  /// What they are sorted by, so that an answer looks the same each time.
  fileprivate var order: [UInt8] {
    parts.flatMap { type, name in Array(type.utf8) + [1] + Array((name.text ?? "").utf8) + [0] }
  }
}
