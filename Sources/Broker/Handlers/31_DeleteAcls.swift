import ActaModel
import KafkaWire

/// DeleteAcls, versions 1–3: see DescribeAcls.
///
/// Rights: ALTER of the cluster.
struct DeleteAclsHandler: Handler {
  func handle(
    _ request: DeleteAclsRequest, _ context: RequestContext,
    respond: @escaping @Sendable (Outcome<DeleteAclsResponse>) -> Void
  ) {
    guard !request.filters.contains(where: \.hasUnknown) else {
      return respond(.close(reason: NoAccessRules.malformed))
    }
    let refusal = NoAccessRules.refusal(of: context.session)
    let count = request.filters.count
    respond(
      .large(
        LargeAnswer(bytes: NoAccessRules.bytes(of: refusal, times: count)) {
          var response = DeleteAclsResponse()
          var result = DeleteAclsResponse.FilterResult()
          result.errorCode = refusal.code
          result.errorMessage = refusal.message
          response.filterResults = Array(repeating: result, count: count)
          return response
        }))
  }
}
