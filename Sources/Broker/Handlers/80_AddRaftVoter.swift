import ActaModel
import KafkaConfig
import KafkaWire
import LogStorage

/// AddRaftVoter, versions 0–1: the one controller votes alone. Kafka says so of a cluster whose voters
/// stand in its configuration.
///
/// Rights: ALTER of the cluster.
///
/// - v1: whether the answer waits.
struct AddRaftVoterHandler: Handler {
  let broker: Broker

  func handle(
    _ request: AddRaftVoterRequest, _ context: RequestContext,
    respond: @escaping @Sendable (Outcome<AddRaftVoterResponse>) -> Void
  ) {
    let refusal = FixedVoters.refusal(
      of: "Add", "adding", clusterID: request.clusterID, voter: request.voterID,
      request.voterDirectoryID, for: context.session, broker)
    var response = AddRaftVoterResponse()
    response.errorCode = refusal.code
    response.errorMessage = refusal.message
    respond(.response(response))
  }
}

/// Why the voters cannot be others. In Kafka's order and words.
enum FixedVoters {
  static func refusal(
    of verb: String, _ gerund: String, clusterID: String?, voter: Int32, _ directory: TopicID,
    for session: Session, _ broker: Broker
  ) -> ProtocolError {
    guard session.authorize(.alter, .cluster) else { return session.refusal(of: .alter, .cluster) }
    let present = broker.storage.identity.clusterID
    if let clusterID, clusterID != present {
      return ProtocolError(
        .inconsistentClusterID,
        "The given id \"\(clusterID)\" doesn't match the cluster id \"\(present)\"")
    }
    guard voter >= 0, directory != .zero else {
      return ProtocolError(
        .invalidRequest, "\(verb) voter request didn't include a valid voter")
    }
    return ProtocolError(
      .unsupportedVersion,
      "Cluster doesn't support \(gerund) voter because the kraft.version feature is 0")
  }
}
