import ActaModel
import KafkaConfig
import KafkaWire

/// UpdateFeatures, versions 0–2: the features are those of the release. Whoever asks for what there is
/// has it; anything else is refused, and with it the whole request, as in Kafka.
///
/// Rights: ALTER of the cluster.
///
/// - v0: the permission to lower, in place of the kind. v0–1: a result for each feature.
struct UpdateFeaturesHandler: Handler {
  let broker: Broker

  func handle(
    _ request: UpdateFeaturesRequest, _ context: RequestContext,
    respond: @escaping @Sendable (Outcome<UpdateFeaturesResponse>) -> Void
  ) {
    do throws(ProtocolError) {
      try context.session.require(.alter, .cluster)
      try check(request, version: context.version)
    } catch {
      var response = UpdateFeaturesResponse()
      response.errorCode = error.code
      response.errorMessage = error.message
      return respond(.response(response))
    }
    // All of them are features that there are, whose names are short.
    let bytes = request.featureUpdates.count * AnswerSize.element
    respond(
      .large(
        LargeAnswer(bytes: bytes) {
          var response = UpdateFeaturesResponse()
          response.results = request.featureUpdates.map { update in
            var result = UpdateFeaturesResponse.Result()
            result.feature = update.feature
            result.errorMessage = "NONE"
            return result
          }
          return response
        }))
  }

  private func check(
    _ request: UpdateFeaturesRequest, version: Int16
  ) throws(ProtocolError) {
    for update in request.featureUpdates {
      let kind: Feature.UpdateKind =
        version == 0
        ? update.allowDowngrade ? .safeDowngrade : .upgrade
        : Feature.UpdateKind(rawValue: update.upgradeType) ?? .unknown
      let objection = Feature.objection(
        to: update.feature, update.maxVersionLevel, kind, node: broker.config.nodeID)
      guard let objection else { continue }
      throw ProtocolError(
        .invalidUpdateVersion,
        "The update failed for all features since the following feature had an error: Invalid"
          + " update version \(update.maxVersionLevel) for feature \(update.feature). \(objection)"
      )
    }
  }
}
