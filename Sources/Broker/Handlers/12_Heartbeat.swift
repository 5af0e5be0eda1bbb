import ActaModel
import Coordination
import KafkaWire

/// Heartbeat, versions 0–4: a member of a classic group shows that it lives, and learns whether it
/// must join again (KafkaWire/PROTOCOL.md §11).
///
/// Rights: READ of the group.
///
/// - v3: static members name themselves.
struct HeartbeatHandler: Handler {
  let broker: Broker

  func handle(
    _ request: HeartbeatRequest, _ context: RequestContext,
    respond: @escaping @Sendable (Outcome<HeartbeatResponse>) -> Void
  ) {
    guard context.session.authorize(.read, .group(request.groupID)) else {
      var refusal = HeartbeatResponse()
      refusal.errorCode = .groupAuthorizationFailed
      return respond(.response(refusal))
    }
    let heartbeat = ClassicHeartbeat(
      groupID: request.groupID, generation: request.generationID, memberID: request.memberID,
      instanceID: request.groupInstanceID)
    broker.groups.perform { coordinator, turn, _ in
      coordinator.heartbeat(heartbeat, &turn)
    } completion: { result in
      var response = HeartbeatResponse()
      switch result {
      case .success(let code): response.errorCode = code
      case .failure(let error): response.errorCode = error.code
      }
      respond(.response(response))
    }
  }
}
