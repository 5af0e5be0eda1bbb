import ActaModel
import KafkaConfig
import KafkaWire
import LogStorage

/// ListConfigResources, versions 0–1: what there is that has a configuration, or could have one: every
/// topic, the broker and its loggers; and groups and subscriptions to clients' metrics of which something
/// is set (KafkaWire/PROTOCOL.md §16).
///
/// Rights: DESCRIBE_CONFIGS of the cluster.
///
/// - v0: subscriptions only. v1: kinds.
struct ListConfigResourcesHandler: Handler {
  let broker: Broker

  func handle(
    _ request: ListConfigResourcesRequest, _ context: RequestContext,
    respond: @escaping @Sendable (Outcome<ListConfigResourcesResponse>) -> Void
  ) {
    var response = ListConfigResourcesResponse()
    do throws(ProtocolError) {
      try context.session.require(.describeConfigs, .cluster)
    } catch {
      response.errorCode = error.code
      return respond(.response(response))
    }
    let asked = Set(request.resourceTypes)
    let kinds = ConfigResourceKind.allCases.filter { asked.contains($0.rawValue) }
    guard kinds.count == asked.count else {
      response.errorCode = .unsupportedVersion
      return respond(.response(response))
    }
    let wanted =
      context.version == 0
      ? [.clientMetrics] : kinds.isEmpty ? ConfigResourceKind.allCases : kinds
    let names = wanted.map { ($0, self.names(of: $0)) }
    let bytes = names.reduce(0) { sum, one in
      sum + AnswerSize.sum(one.1) { AnswerSize.element + AnswerSize.text($0) }
    }
    respond(.large(LargeAnswer(bytes: bytes) { Self.response(names) }))
  }

  private func names(of kind: ConfigResourceKind) -> [String] {
    switch kind {
    case .topic: broker.storage.catalog().topics.map(\.name)
    case .broker, .brokerLogger: [String(broker.config.nodeID)]
    case .clientMetrics:
      broker.storage.configOverrides().entities(of: .clientMetrics).map(\.name)
    case .group: broker.storage.configOverrides().entities(of: .group).map(\.name)
    }
  }

  private static func response(
    _ names: [(ConfigResourceKind, [String])]
  ) -> ListConfigResourcesResponse {
    var room = AnswerRoom()
    var response = ListConfigResourcesResponse()
    for (kind, names) in names {
      for name in names where room.take(AnswerSize.element + AnswerSize.text(name)) {
        var resource = ListConfigResourcesResponse.Resource()
        resource.resourceName = name
        resource.resourceType = kind.rawValue
        response.configResources.append(resource)
      }
    }
    return response
  }
}
