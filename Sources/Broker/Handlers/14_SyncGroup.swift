import ActaModel
import Coordination
import KafkaWire

/// SyncGroup, versions 0–5: the leader hands in the assignments; every member waits for its own
/// (KafkaWire/PROTOCOL.md §11). Later requests of its connection wait meanwhile, as in Kafka.
///
/// Rights: READ of the group.
///
/// - v3: static members name themselves. v5: the protocol's type and name, which must be there and
///   be the group's.
struct SyncGroupHandler: Handler {
  let broker: Broker

  func handle(
    _ request: SyncGroupRequest, _ context: RequestContext,
    respond: @escaping @Sendable (Outcome<SyncGroupResponse>) -> Void
  ) {
    guard context.session.authorize(.read, .group(request.groupID)) else {
      let refusal = SyncReply(error: .groupAuthorizationFailed)
      return respond(.response(SyncGroupResponse(refusal)))
    }
    if context.version >= 5, request.protocolType == nil || request.protocolName == nil {
      let refusal = SyncReply(error: .inconsistentGroupProtocol)
      return respond(.response(SyncGroupResponse(refusal)))
    }
    let sync = SyncRequest(
      groupID: request.groupID, generation: request.generationID, memberID: request.memberID,
      instanceID: request.groupInstanceID, protocolType: request.protocolType,
      protocolName: request.protocolName,
      assignments: request.assignments.map { ($0.memberID, $0.assignment) })
    broker.groups.sync(sync) { respond(.response(SyncGroupResponse($0))) }
  }
}

extension SyncGroupResponse {
  fileprivate init(_ reply: SyncReply) {
    self.init()
    errorCode = reply.error
    protocolType = reply.protocolType
    protocolName = reply.protocolName
    assignment = reply.assignment
  }
}
