import ActaModel
import ClientCore
import KafkaWire

extension Admin {
  /// The groups that there are, by id; each broker tells of those that it coordinates.
  ///
  /// - Parameters:
  ///   - states: Empty: whatever they are. Needs Kafka 2.6.
  ///   - types: Empty: all. Needs Kafka 3.8.
  ///   - protocolTypes: Empty: all.
  /// - Throws: `KafkaError` if any broker cannot be asked: the list is whole or there is none.
  public func listGroups(
    states: Set<GroupState> = [], types: Set<GroupType> = [], protocolTypes: Set<String> = []
  ) async throws(KafkaError) -> [GroupListing] {
    var request = ListGroupsRequest()
    request.statesFilter = states.map(\.rawValue).sorted()
    request.typesFilter = types.map(\.rawValue).sorted()
    let oldest: Int16 = types.isEmpty ? states.isEmpty ? 0 : 4 : 5
    let question = request
    let groups = try await perform("findAllBrokers") { call throws(ClientFailure) in
      try await call.ofAllBrokers { broker throws(ClientFailure) in
        let response = try await call.send(question, to: broker, from: oldest)
        guard response.errorCode == .none else { throw ClientFailure(response.errorCode) }
        return response.groups
      }
    }
    return groups.joined().filter {
      protocolTypes.isEmpty || protocolTypes.contains($0.protocolType)
    }
    .map { group in
      GroupListing(
        groupID: group.groupID, type: GroupType(spelled: group.groupType),
        protocolType: group.protocolType, state: GroupState(spelled: group.groupState))
    }.sorted { $0.groupID < $1.groupID }
  }

  /// Deletes groups without members, and their positions.
  ///
  /// - Returns: By id; 68 for one with members, 69 for one that is not there.
  /// - Throws: `KafkaError` for what concerns all of it, as `Admin` says.
  public func deleteGroups(
    _ ids: some Sequence<String>
  ) async throws(KafkaError) -> [String: Result<Void, KafkaError>] {
    try await performEach("deleteConsumerGroups(api=FIND_COORDINATOR)") {
      call throws(ClientFailure) in
      try await call.each(ids, by: .coordinator(.group, \.self)) {
        node, ids throws(ClientFailure) in
        var request = DeleteGroupsRequest()
        request.groupsNames = ids
        let response = try await call.send(request, to: node)
        return .telling(response.results) { group in
          (
            group.groupID,
            .of(group.errorCode, group.errorMessage, about: "group \(group.groupID)", ())
          )
        }
      }
    }
  }
}

extension Admin {
  /// Puts members of a classic group out. Those that are not static come back when they hear of it.
  ///
  /// - Parameters:
  ///   - id: The group.
  ///   - members: `nil` is all that it has.
  ///   - reason: What the coordinator's log is to say. Needs Kafka 3.2.
  /// - Returns: By member; 25 for one that the group does not have.
  /// - Throws: `KafkaError` for a group whose members cannot be told of.
  public func removeMembers(
    _ members: Set<GroupMember>? = nil, from id: String,
    reason: String = "member was removed by an admin"
  ) async throws(KafkaError) -> [GroupMember: Result<Void, KafkaError>] {
    var leaving = members
    if leaving == nil {
      let group = try await describeGroups([id])[id]?.get()
      leaving = Set(
        (group?.members ?? []).map { member in
          member.groupInstanceID.map { .instanceID($0) } ?? .memberID(member.memberID)
        })
    }
    return try await performEach("leaveGroup(api=FIND_COORDINATOR)") { call throws(ClientFailure) in
      try await call.each(leaving ?? [], by: .coordinator(.group, { _ in id })) {
        node, members throws(ClientFailure) in
        var request = LeaveGroupRequest()
        request.groupID = id
        request.members = members.map { .init($0, reason) }
        let response = try await call.send(request, to: node, from: 3)
        guard response.errorCode == .none else {
          throw ClientFailure(response.errorCode, saying: nil, of: "group \(id)")
        }
        return .telling(response.members) { answer in
          let member =
            answer.groupInstanceID.map { GroupMember.instanceID($0) } ?? .memberID(answer.memberID)
          return (member, .of(answer.errorCode, nil, about: "a member of group \(id)", ()))
        }
      }
    }
  }
}

extension LeaveGroupRequest.Member {
  fileprivate init(_ member: GroupMember, _ reason: String) {
    self.init()
    switch member {
    case .memberID(let id): memberID = id
    case .instanceID(let id): groupInstanceID = id
    }
    self.reason = reason
  }
}
