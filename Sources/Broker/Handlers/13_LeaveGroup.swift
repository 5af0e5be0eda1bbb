import ActaModel
import Coordination
import KafkaWire

/// LeaveGroup, versions 0–5: members leave, or are made to by an administrator
/// (KafkaWire/PROTOCOL.md §11).
///
/// Rights: READ of the group.
///
/// - v0–2: one member, whose error is the answer's. v3: many, each with its own; a static member may
///   be named by its instance id alone. v5: reasons.
struct LeaveGroupHandler: Handler {
  let broker: Broker

  func handle(
    _ request: LeaveGroupRequest, _ context: RequestContext,
    respond: @escaping @Sendable (Outcome<LeaveGroupResponse>) -> Void
  ) {
    guard context.session.authorize(.read, .group(request.groupID)) else {
      return respond(.response(.refusal(.groupAuthorizationFailed)))
    }
    guard !request.groupID.isEmpty else { return respond(.response(.refusal(.invalidGroupID))) }
    let members =
      context.version >= 3
      ? request.members.map {
        LeavingMember(memberID: $0.memberID, instanceID: $0.groupInstanceID, reason: $0.reason)
      } : [LeavingMember(memberID: request.memberID)]
    broker.groups.perform { coordinator, turn, _ in
      coordinator.leave(groupID: request.groupID, members: members, &turn)
    } completion: { result in
      switch result {
      case .failure(let error): respond(.response(.refusal(error.code)))
      case .success(let codes) where context.version < 3:
        respond(.response(.refusal(codes.first ?? .unknownServerError)))
      case .success(let codes): respond(.response(.answers(request.members, codes)))
      }
    }
  }
}

extension LeaveGroupResponse {
  fileprivate static func refusal(_ code: ErrorCode) -> Self {
    var response = Self()
    response.errorCode = code
    return response
  }

  fileprivate static func answers(
    _ members: [LeaveGroupRequest.Member], _ codes: [ErrorCode]
  ) -> Self {
    var response = Self()
    response.members = zip(members, codes).map { member, code in
      var answer = Member()
      answer.memberID = member.memberID
      answer.groupInstanceID = member.groupInstanceID
      answer.errorCode = code
      return answer
    }
    return response
  }
}
