import ActaModel
import Coordination
import KafkaWire

/// Heartbeat, versions 0–4: a member of a classic group shows that it lives, and learns whether it
/// must join again (KafkaWire/PROTOCOL.md §11).
///
/// - v3: static members name themselves.
struct HeartbeatHandler: Handler {
  let broker: Broker

  func handle(
    _ request: KafkaWire.HeartbeatRequest, _ context: RequestContext,
    respond: @escaping @Sendable (Outcome<HeartbeatResponse>) -> Void
  ) {
    let heartbeat = Coordination.HeartbeatRequest(
      groupID: request.groupID, generation: request.generationID, memberID: request.memberID,
      instanceID: request.groupInstanceID)
    broker.groups.perform { coordinator, turn in
      let (code, effects) = coordinator.heartbeat(heartbeat, at: turn.now)
      try turn.carryOut(effects)
      return code
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
