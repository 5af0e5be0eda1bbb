import ActaModel
import KafkaWire

/// IncrementalAlterConfigs, versions 0–1: sets, deletes, appends to and takes from single keys
/// (KafkaWire/PROTOCOL.md §16). A resource is changed as a whole or not at all.
///
/// Rights: ALTER_CONFIGS of the topic or the group; for what belongs to a broker, of the cluster.
struct IncrementalAlterConfigsHandler: Handler {
  let broker: Broker

  func handle(
    _ request: IncrementalAlterConfigsRequest, _ context: RequestContext,
    respond: @escaping @Sendable (Outcome<IncrementalAlterConfigsResponse>) -> Void
  ) {
    let session = context.session
    let alterer = ConfigAlterer(
      broker: broker, session: session, author: session.author(.incrementalAlterConfigs),
      isOnlyAsked: request.validateOnly)
    let alterations = request.resources.map { resource in
      ConfigAlteration(
        kind: resource.resourceType, name: resource.resourceName,
        steps: resource.configs.map {
          .init(name: $0.name, operation: $0.configOperation, value: $0.value)
        }, replacesAll: false)
    }
    alterer.alter(alterations) { errors in
      let altered = AlteredConfigs(alterations, errors)
      respond(
        .large(
          LargeAnswer(bytes: altered.bytes) {
            var response = IncrementalAlterConfigsResponse()
            response.responses = altered.answers
            return response
          }))
    }
  }
}
