import ActaModel
import KafkaWire

/// AlterUserScramCredentials, version 0: as long as nobody can authenticate, a credential would be kept
/// for nothing, and whoever sets one would believe the broker to be safer than it is. So what Kafka would
/// take is refused, and what it would refuse is refused as it does that.
///
/// Rights: ALTER of the cluster.
struct AlterUserScramCredentialsHandler: Handler {
  func handle(
    _ request: AlterUserScramCredentialsRequest, _ context: RequestContext,
    respond: @escaping @Sendable (Outcome<AlterUserScramCredentialsResponse>) -> Void
  ) {
    let refusal =
      context.session.authorize(.alter, .cluster)
      ? nil : context.session.refusal(of: .alter, .cluster)
    let wishes =
      request.deletions.map { (ExactText($0.name), Self.refusal(of: $0)) }
      + request.upsertions.map { (ExactText($0.name), Self.refusal(of: $0)) }
    let users = Distinct(wishes.lazy.map(\.0))
    // A user is answered once: by what was wrong with it first.
    var verdicts: [ProtocolError?] = Array(repeating: nil, count: users.items.count)
    for (wish, place) in zip(wishes, users.places) where verdicts[place] == nil {
      verdicts[place] = wish.1
    }
    let bytes = AnswerSize.sum(users.items) { AnswerSize.element + AnswerSize.text($0.text) }
    respond(
      .large(
        LargeAnswer(bytes: bytes) { [verdicts] in
          var response = AlterUserScramCredentialsResponse()
          response.results = users.items.indices.map { place in
            let repeated = users.counts[place] > 1 ? Self.repeated : Self.disabled
            return .init(
              users.items[place].text, refusal ?? verdicts[place] ?? repeated)
          }
          return response
        }))
  }

  private static let disabled = ProtocolError(
    .securityDisabled, "This broker does not authenticate users yet: nothing is kept.")
  private static let repeated = ProtocolError(
    .duplicateResource, "A user credential cannot be altered twice in the same request")

  private static func refusal(
    of deletion: AlterUserScramCredentialsRequest.Deletion
  ) -> ProtocolError? {
    objection(to: deletion.name, deletion.mechanism)
      ?? ProtocolError(
        .resourceNotFound, "Attempt to delete a user credential that does not exist")
  }

  private static func refusal(
    of upsertion: AlterUserScramCredentialsRequest.Upsertion
  ) -> ProtocolError? {
    if let objection = objection(to: upsertion.name, upsertion.mechanism) { return objection }
    switch upsertion.iterations {
    case ..<4_096: return ProtocolError(.unacceptableCredential, "Too few iterations")
    case 16_385...: return ProtocolError(.unacceptableCredential, "Too many iterations")
    default: return nil
    }
  }

  private static func objection(to name: String, _ mechanism: Int8) -> ProtocolError? {
    if name.isEmpty { return ProtocolError(.unacceptableCredential, "Username must not be empty") }
    // SCRAM-SHA-256 and SCRAM-SHA-512.
    guard mechanism == 1 || mechanism == 2 else {
      return ProtocolError(.unsupportedSaslMechanism, "Unknown SCRAM mechanism")
    }
    return nil
  }
}

extension AlterUserScramCredentialsResponse.Result {
  fileprivate init(_ name: String, _ verdict: ProtocolError) {
    self.init()
    user = name
    errorCode = verdict.code
    errorMessage = verdict.message
  }
}
