import ActaModel
import KafkaWire

/// RemoveRaftVoter, version 0: see AddRaftVoter.
///
/// Rights: ALTER of the cluster.
struct RemoveRaftVoterHandler: Handler {
  let broker: Broker

  func handle(
    _ request: RemoveRaftVoterRequest, _ context: RequestContext,
    respond: @escaping @Sendable (Outcome<RemoveRaftVoterResponse>) -> Void
  ) {
    let refusal = FixedVoters.refusal(
      of: "Remove", "removing", clusterID: request.clusterID, voter: request.voterID,
      request.voterDirectoryID, for: context.session, broker)
    var response = RemoveRaftVoterResponse()
    response.errorCode = refusal.code
    response.errorMessage = refusal.message
    respond(.response(response))
  }
}
