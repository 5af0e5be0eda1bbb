import ActaModel
import KafkaWire
import LogStorage

/// AlterClientQuotas, versions 0–1: quotas are kept and shown. Nothing is throttled by them yet.
///
/// An entity of which anything is wrong keeps what it has, and the others of the request are served. One
/// that is named twice is answered once, and refused.
///
/// Rights: ALTER_CONFIGS of the cluster.
struct AlterClientQuotasHandler: Handler {
  let broker: Broker

  /// More changes in one request are refused, as in Kafka.
  private static let mostOperations = 10_000

  func handle(
    _ request: AlterClientQuotasRequest, _ context: RequestContext,
    respond: @escaping @Sendable (Outcome<AlterClientQuotasResponse>) -> Void
  ) {
    let alterations = request.entries.map(QuotaAlteration.init)
    let distinct = Distinct(alterations.lazy.map(\.parts))
    var firsts: [QuotaAlteration] = []
    for (alteration, place) in zip(alterations, distinct.places) where place == firsts.count {
      firsts.append(alteration)
    }
    let refusal = refusal(of: request, context)
    let checked = zip(firsts, distinct.counts).map { alteration, count in
      Result { () throws(ProtocolError) in
        if let refusal { throw refusal }
        if count > 1 { throw alteration.duplicate }
        return try alteration.changes()
      }
    }
    let changes = checked.flatMap { (try? $0.get()) ?? [] }
    let answer: @Sendable (ProtocolError?) -> Void = { [firsts] failure in
      let bytes = AnswerSize.sum(firsts) { alteration in
        AnswerSize.sum(alteration.parts) { part in
          AnswerSize.element + 2 * AnswerSize.text(part.name?.text) + AnswerSize.text(part.type)
        } + AnswerSize.element
      }
      respond(
        .large(
          LargeAnswer(bytes: bytes) {
            var response = AlterClientQuotasResponse()
            response.entries = zip(firsts, checked).map { alteration, check in
              .init(alteration, failure.map { .failure($0) } ?? check.map { _ in })
            }
            return response
          }))
    }
    guard !request.validateOnly, !changes.isEmpty else { return answer(nil) }
    broker.storage.turn(
      { rows in
        let result = try rows.write(changes)
        return {
          switch result {
          case .success: answer(nil)
          case .failure(let error): answer(ProtocolError(error, about: "client quotas"))
          }
        }
      },
      refuse: { answer(ProtocolError($0, about: "client quotas")) })
  }

  /// Of the whole request.
  private func refusal(
    of request: AlterClientQuotasRequest, _ context: RequestContext
  ) -> ProtocolError? {
    guard context.session.authorize(.alterConfigs, .cluster) else {
      return context.session.refusal(of: .alterConfigs, .cluster)
    }
    let count = request.entries.reduce(0) { $0 + $1.operations.count }
    guard count <= Self.mostOperations else {
      return ProtocolError(
        .policyViolation, "Unable to perform excessively large batch operation.")
    }
    return nil
  }
}

extension AlterClientQuotasResponse.Entry {
  fileprivate init(_ alteration: QuotaAlteration, _ result: Checked<Void>) {
    self.init()
    if case .failure(let error) = result {
      errorCode = error.code
      errorMessage = error.message
    }
    entity = alteration.parts.map { QuotaEntityPart($0.type, $0.name?.text) }
  }
}
