import ActaModel
import KafkaWire

/// CreateAcls, versions 1–3: see DescribeAcls.
///
/// Rights: ALTER of the cluster.
struct CreateAclsHandler: Handler {
  func handle(
    _ request: CreateAclsRequest, _ context: RequestContext,
    respond: @escaping @Sendable (Outcome<CreateAclsResponse>) -> Void
  ) {
    let isMalformed = request.creations.contains { creation in
      [
        creation.resourceType, creation.resourcePatternType, creation.operation,
        creation.permissionType,
      ].contains(0)
    }
    guard !isMalformed else { return respond(.close(reason: NoAccessRules.malformed)) }
    let session = context.session
    let refusal =
      session.authorize(.alter, .cluster)
      ? NoAccessRules.refusal : session.refusal(of: .alter, .cluster)
    let count = request.creations.count
    let bytes = count * (AnswerSize.element + AnswerSize.text(refusal.message))
    respond(
      .large(
        LargeAnswer(bytes: bytes) {
          var response = CreateAclsResponse()
          var result = CreateAclsResponse.Result()
          result.errorCode = refusal.code
          result.errorMessage = refusal.message
          response.results = Array(repeating: result, count: count)
          return response
        }))
  }
}
