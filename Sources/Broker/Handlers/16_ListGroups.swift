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
      coordinator.list()
    } completion: { result in
      var response = ListGroupsResponse()
      switch result {
      case .success(let listings):
        response.groups = Self.visible(Self.select(listings, by: request), to: context.session)
      case .failure(let error): response.errorCode = error.code
      }
      respond(.response(response))
    }
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
