import ActaModel
import Coordination
import KafkaWire
import LogStorage

/// DeleteGroups, versions 0–3: groups without members go, and their positions with them
/// (KafkaWire/PROTOCOL.md §12).
///
/// A group that is named twice is answered once, as in Kafka.
///
/// Rights: DELETE of each group.
///
/// - v3: messages.
struct DeleteGroupsHandler: Handler {
  let broker: Broker

  func handle(
    _ request: DeleteGroupsRequest, _ context: RequestContext,
    respond: @escaping @Sendable (Outcome<DeleteGroupsResponse>) -> Void
  ) {
    let session = context.session
    // A group that is named twice is deleted once, and answered once.
    let names = Distinct(request.groupsNames.lazy.map(ExactText.init)).items.map(\.text)
    let asked = names.map { ($0, session.authorize(.delete, .group($0))) }
    broker.groups.perform { coordinator, turn, rows in
      try asked.map { name, isAllowed in
        guard isAllowed else {
          let refusal = session.refusal(of: .delete, .group(name))
          return DeleteGroupsResponse.Group(name, refusal.code, refusal.message)
        }
        let code = coordinator.delete(name, by: session.client, &turn)
        if code == .none { try forgetPositions(of: name, session, rows) }
        try turn.write(to: rows)
        return DeleteGroupsResponse.Group(name, code, Self.message(code, about: name))
      }
    } completion: { result in
      var response = DeleteGroupsResponse()
      switch result {
      case .success(let groups): response.results = groups
      case .failure(let error):
        response.results = names.map { .init($0, error.code, error.message) }
      }
      respond(.response(response))
    }
  }

  /// Before the group goes, which would forget them, too, but could not say who it was.
  private func forgetPositions(
    of group: String, _ session: Session, _ rows: any LogTurn
  ) throws {
    let offsets = try rows.committedOffsets(of: group, in: nil)
    let committer = session.committer(.adminDelete)
    _ = try rows.deleteOffsets(of: group, in: offsets.keys.sorted(), by: committer)
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
