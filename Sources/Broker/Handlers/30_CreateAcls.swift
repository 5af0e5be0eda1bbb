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
    let refusal = NoAccessRules.refusal(of: context.session)
    let count = request.creations.count
    respond(
      .large(
        LargeAnswer(bytes: NoAccessRules.bytes(of: refusal, times: count)) {
          var response = CreateAclsResponse()
          var result = CreateAclsResponse.Result()
          result.errorCode = refusal.code
          result.errorMessage = refusal.message
          response.results = Array(repeating: result, count: count)
          return response
        }))
  }
}
