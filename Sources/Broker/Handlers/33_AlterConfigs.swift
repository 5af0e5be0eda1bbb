import ActaModel
import KafkaWire

/// AlterConfigs, versions 0–2: puts a configuration in the place of what is set; keys that are not named
/// are set no more (KafkaWire/PROTOCOL.md §16).
///
/// Rights: ALTER_CONFIGS of the topic or the group; for what belongs to a broker, of the cluster.
struct AlterConfigsHandler: Handler {
  let broker: Broker

  func handle(
    _ request: AlterConfigsRequest, _ context: RequestContext,
    respond: @escaping @Sendable (Outcome<AlterConfigsResponse>) -> Void
  ) {
    let session = context.session
    let alterer = ConfigAlterer(
      broker: broker, session: session, author: session.author(.alterConfigs),
      isOnlyAsked: request.validateOnly)
    let alterations = request.resources.map { resource in
      ConfigAlteration(
        kind: resource.resourceType, name: resource.resourceName,
        steps: resource.configs.map {
          .init(
            name: $0.name, operation: ConfigAlteration.Operation.set.rawValue, value: $0.value)
        }, replacesAll: true)
    }
    alterer.alter(alterations) { errors in
      let altered = AlteredConfigs(alterations, errors)
      respond(
        .large(
          LargeAnswer(bytes: altered.bytes) {
            var response = AlterConfigsResponse()
            response.responses = altered.answers
            return response
          }))
    }
  }
}
