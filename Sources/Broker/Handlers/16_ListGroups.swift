import ActaModel
import Coordination
import KafkaWire

/// ListGroups, versions 0–5: every group, by its id (KafkaWire/PROTOCOL.md §12).
///
/// Filters are read without regard to case; an empty one lets everything through, a word that no
/// group has nothing.
///
/// Rights: DESCRIBE of the cluster shows all groups; else only those are shown that the client may
/// DESCRIBE.
///
/// - v4: states, and a filter by them. v5: types, and a filter by them.
struct ListGroupsHandler: Handler {
  let broker: Broker

  func handle(
    _ request: ListGroupsRequest, _ context: RequestContext,
    respond: @escaping @Sendable (Outcome<ListGroupsResponse>) -> Void
  ) {
    broker.groups.perform { coordinator, _, _ in
      coordinator.groupIDs
    } completion: { result in
      switch result {
      case .success(let groupIDs): list(groupIDs, for: request, context, respond)
      case .failure(let error): respond(.response(.refusal(error.code)))
      }
    }
  }

  private struct Found: Sendable {
    /// `nil` for a group that has gone meanwhile.
    let listing: GroupListing?
  }

  private func list(
    _ groupIDs: [String], for request: ListGroupsRequest, _ context: RequestContext,
    _ respond: @escaping @Sendable (Outcome<ListGroupsResponse>) -> Void
  ) {
    let questions = GroupQuestions<String, Found>(
      broker: broker, connection: context.connection, items: groupIDs,
      counts: groupIDs.map { _ in 1 }, size: Self.size,
      ask: { groupID, _, coordinator, _, _ in
        Found(listing: coordinator.listing(of: groupID))
      })
    questions.run { result in
      switch result {
      case .success(let answers):
        respond(
          .large(
            LargeAnswer(bytes: answers.bytes, grant: answers.grant) {
              Self.response(to: request, answers.values, context.session)
            }))
      case .failure(let error): respond(.response(.refusal(error.code)))
      }
    }
  }

  @Sendable private static func size(_ found: Found) -> Int {
    guard let listing = found.listing else { return 0 }
    return AnswerSize.element + AnswerSize.text(listing.groupID)
      + AnswerSize.text(listing.protocolType)
  }

  /// A list that lacks groups would be taken for the whole.
  private static func response(
    to request: ListGroupsRequest, _ found: [Found?], _ session: Session
  ) -> ListGroupsResponse {
    guard !found.contains(where: { if case nil = $0 { true } else { false } }) else {
      return .refusal(ProtocolError.answerTooLarge.code)
    }
    let listings = found.compactMap { $0?.listing }.sorted { $0.groupID < $1.groupID }
    var response = ListGroupsResponse()
    response.groups = visible(select(listings, by: request), to: session)
    return response
  }

  private static func visible(
    _ groups: [ListGroupsResponse.Group], to session: Session
  ) -> [ListGroupsResponse.Group] {
    if session.authorizeQuietly(.describe, .cluster) { return groups }
    return groups.filter { session.authorizeQuietly(.describe, .group($0.groupID)) }
  }

  private static func select(
    _ listings: [GroupListing], by request: ListGroupsRequest
  ) -> [ListGroupsResponse.Group] {
    let states = Set(request.statesFilter.map { $0.lowercased() })
    let types = Set(request.typesFilter.map { $0.lowercased() })
    return listings.compactMap { listing in
      guard states.isEmpty || states.contains(listing.state.rawValue.lowercased()),
        types.isEmpty || types.contains(listing.type.rawValue)
      else { return nil }
      var group = ListGroupsResponse.Group()
      group.groupID = listing.groupID
      group.protocolType = listing.protocolType
      group.groupState = listing.state.rawValue
      group.groupType = listing.type.rawValue
      return group
    }
  }
}

extension ListGroupsResponse {
  fileprivate static func refusal(_ code: ErrorCode) -> Self {
    var response = Self()
    response.errorCode = code
    return response
  }
}
