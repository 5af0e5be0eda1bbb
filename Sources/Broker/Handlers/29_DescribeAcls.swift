import ActaModel
import KafkaWire

/// DescribeAcls, versions 1–3: there are no access rules on this broker, which is said as Kafka says it
/// of one without an authorizer.
///
/// Rights: DESCRIBE of the cluster.
struct DescribeAclsHandler: Handler {
  func handle(
    _ request: DescribeAclsRequest, _ context: RequestContext,
    respond: @escaping @Sendable (Outcome<DescribeAclsResponse>) -> Void
  ) {
    guard !request.filter.hasUnknown else {
      return respond(.close(reason: NoAccessRules.malformed))
    }
    var response = DescribeAclsResponse()
    do throws(ProtocolError) {
      try context.session.require(.describe, .cluster)
      response.errorCode = .securityDisabled
      response.errorMessage = "No Authorizer is configured on the broker"
    } catch {
      response.errorCode = error.code
      response.errorMessage = error.message
    }
    respond(.response(response))
  }
}

extension ACLFilter {
  /// Whether one of its codes is that of UNKNOWN.
  var hasUnknown: Bool {
    [resourceTypeFilter, patternTypeFilter, operation, permissionType].contains(0)
  }
}

/// What the APIs of access rules have in common as long as there are none.
enum NoAccessRules {
  /// What each change that a session asks for is answered.
  static func refusal(of session: Session) -> ProtocolError {
    session.authorize(.alter, .cluster)
      ? ProtocolError(.securityDisabled, "No Authorizer is configured.")
      : session.refusal(of: .alter, .cluster)
  }

  /// What so many such answers take.
  static func bytes(of refusal: ProtocolError, times count: Int) -> Int {
    count * (AnswerSize.element + AnswerSize.text(refusal.message))
  }

  /// Kafka does not answer whoever asks for what is UNKNOWN by name.
  static let malformed = "a request about access rules that contains UNKNOWN elements"
}
