import ActaModel
import KafkaWire

/// DescribeUserScramCredentials, version 0: nobody has any. Who is named twice is told once, and that
/// that was wrong.
///
/// Rights: DESCRIBE of the cluster.
struct DescribeUserScramCredentialsHandler: Handler {
  func handle(
    _ request: DescribeUserScramCredentialsRequest, _ context: RequestContext,
    respond: @escaping @Sendable (Outcome<DescribeUserScramCredentialsResponse>) -> Void
  ) {
    guard context.session.authorize(.describe, .cluster) else {
      let refusal = context.session.refusal(of: .describe, .cluster)
      var response = DescribeUserScramCredentialsResponse()
      response.errorCode = refusal.code
      response.errorMessage = refusal.message
      return respond(.response(response))
    }
    let users = Distinct((request.users ?? []).lazy.map { ExactText($0.name) })
    let bytes = AnswerSize.sum(users.items) { AnswerSize.element + 2 * AnswerSize.text($0.text) }
    respond(
      .large(
        LargeAnswer(bytes: bytes) {
          var response = DescribeUserScramCredentialsResponse()
          response.errorMessage = ""
          response.results = zip(users.items, users.counts).map { .init($0.text, count: $1) }
          return response
        }))
  }
}

extension DescribeUserScramCredentialsResponse.Result {
  fileprivate init(_ name: String, count: Int) {
    self.init()
    user = name
    errorCode = count > 1 ? .duplicateResource : .resourceNotFound
    errorMessage =
      count > 1
      ? "Cannot describe SCRAM credentials for the same user twice in a single request: \(name)"
      : "Attempt to describe a user credential that does not exist: \(name)"
  }
}
