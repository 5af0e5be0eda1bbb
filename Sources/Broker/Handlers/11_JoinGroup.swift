import ActaModel
import Coordination
import KafkaWire

/// JoinGroup, versions 0–9: a member takes part in its group's next generation, and waits until
/// that is complete (KafkaWire/PROTOCOL.md §11). Later requests of its connection wait meanwhile,
/// as in Kafka.
///
/// Rights: READ of the group.
///
/// - v0: no rebalance timeout; the session's is taken. v4: a new member is given its id first
///   (MEMBER_ID_REQUIRED). v5: static members. v7: the protocol's name is null on errors, not empty.
///   v8: a reason. v9: a static leader that comes back is told not to assign.
struct JoinGroupHandler: Handler {
  let broker: Broker

  func handle(
    _ request: JoinGroupRequest, _ context: RequestContext,
    respond: @escaping @Sendable (Outcome<JoinGroupResponse>) -> Void
  ) {
    guard context.session.authorize(.read, .group(request.groupID)) else {
      let refusal = JoinReply(error: .groupAuthorizationFailed, memberID: "")
      return respond(.response(JoinGroupResponse(refusal, version: context.version)))
    }
    broker.groups.join(joining(request, context)) { reply in
      respond(
        .large(
          LargeAnswer(bytes: reply.answerSize) {
            var response = JoinGroupResponse(reply, version: context.version)
            // Whoever is turned away before it is known gets back what it said.
            if response.memberID.isEmpty { response.memberID = request.memberID }
            return response
          }))
    }
  }

  private func joining(_ request: JoinGroupRequest, _ context: RequestContext) -> JoinRequest {
    JoinRequest(
      groupID: request.groupID, memberID: request.memberID,
      instanceID: request.groupInstanceID, client: context.session.client,
      sessionTimeoutMilliseconds: request.sessionTimeoutMilliseconds,
      rebalanceTimeoutMilliseconds: context.version >= 1
        ? request.rebalanceTimeoutMilliseconds : request.sessionTimeoutMilliseconds,
      protocolType: request.protocolType,
      protocols: request.protocols.map { GroupProtocol(name: $0.name, metadata: $0.metadata) },
      reason: request.reason, isMemberIDRequired: context.version >= 4,
      canSkipAssignment: context.version >= 9, freshID: broker.freshID())
  }
}

extension JoinReply {
  /// The leader is told what all members say of themselves.
  fileprivate var answerSize: Int {
    AnswerSize.sum(members) { member in
      AnswerSize.element + AnswerSize.text(member.memberID) + AnswerSize.text(member.instanceID)
        + member.metadata.count
    }
  }
}

extension JoinGroupResponse {
  fileprivate init(_ reply: JoinReply, version: Int16) {
    self.init()
    errorCode = reply.error
    generationID = reply.generation
    protocolType = reply.protocolType
    protocolName = reply.protocolName ?? (version < 7 ? "" : nil)
    leader = reply.leaderID
    skipAssignment = reply.skipsAssignment
    memberID = reply.memberID
    members = reply.members.map { member in
      var answer = Member()
      answer.memberID = member.memberID
      answer.groupInstanceID = member.instanceID
      answer.metadata = member.metadata
      return answer
    }
  }
}
