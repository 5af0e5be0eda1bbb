import ActaModel
import Coordination
import KafkaWire

/// DeleteGroups, versions 0–3: groups without members go, and their positions with them
/// (KafkaWire/PROTOCOL.md §12).
///
/// - v3: messages.
struct DeleteGroupsHandler: Handler {
  let broker: Broker

  func handle(
    _ request: DeleteGroupsRequest, _ context: RequestContext,
    respond: @escaping @Sendable (Outcome<DeleteGroupsResponse>) -> Void
  ) {
    broker.groups.perform { coordinator, turn in
      try request.groupsNames.map { name in
        let (code, effects) = coordinator.delete(name, by: context.client)
        if code == .none { try forgetPositions(of: name, context, turn) }
        try turn.carryOut(effects)
        return DeleteGroupsResponse.Group(name, code, Self.message(code, about: name))
      }
    } completion: { result in
      var response = DeleteGroupsResponse()
      switch result {
      case .success(let groups): response.results = groups
      case .failure(let error):
        response.results = request.groupsNames.map { .init($0, error.code, error.message) }
      }
      respond(.response(response))
    }
  }

  /// Before the group goes, which would forget them, too, but could not say who it was.
  private func forgetPositions(
    of group: String, _ context: RequestContext, _ turn: GroupTurn
  ) throws {
    let offsets = try turn.transaction.committedOffsets(of: group, in: nil)
    let committer = Committer(
      clientID: context.clientID, clientHost: context.connection.clientAddress,
      source: .adminDelete)
    _ = try turn.transaction.deleteOffsets(of: group, in: offsets.keys.sorted(), by: committer)
  }

  private static func message(_ code: ErrorCode, about name: String) -> String? {
    switch code {
    case .none: nil
    case .groupIDNotFound: "Group \(name) not found."
    case .nonEmptyGroup: "The group \(name) is not empty."
    case .invalidGroupID: "The group id is invalid."
    default: "The group \(name) was not deleted: \(code)."
    }
  }
}

extension DeleteGroupsResponse.Group {
  fileprivate init(_ groupID: String, _ code: ErrorCode, _ message: String?) {
    self.init()
    self.groupID = groupID
    errorCode = code
    errorMessage = message
  }
}
