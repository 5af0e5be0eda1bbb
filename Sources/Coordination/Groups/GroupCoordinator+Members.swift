package import ActaModel

// What members ask: in the words of the classic protocol, in groups of either kind, and in those of
// the consumer protocol.
extension GroupCoordinator {
  /// Answered through the effects, at once or by a later event.
  package mutating func join(_ request: JoinRequest, token: ReplyToken, _ turn: inout Turn) {
    if let error = objection(to: request, turn.settings) {
      return turn.refuse(join: token, error, memberID: request.memberID)
    }
    let name = request.groupID
    if directory.consumer[name]?.isEmpty == false {
      withConsumer(name, &turn) { $0.join(request, token: token, &$1) }
      return
    }
    if let error = makeClassicIfNeeded(for: request, &turn) {
      return turn.refuse(join: token, error, memberID: request.memberID)
    }
    _ = directory.withClassic(name, &turn) { $0.join(request, token: token, &$1) }
  }

  /// Why no group lets in the request.
  private func objection(to request: JoinRequest, _ settings: GroupSettings) -> ErrorCode? {
    guard Self.isLegal(request.groupID) else { return .invalidGroupID }
    guard hasRoom(for: request.protocols, settings) else { return .groupMaxSizeReached }
    return ClassicGroup.malformation(of: request, settings)
  }

  /// Only joins that say a lot are held against what all say together: looking at all groups takes
  /// as long as there are groups.
  private func hasRoom(for protocols: [GroupProtocol], _ settings: GroupSettings) -> Bool {
    guard protocols.byteCount > Self.smallMetadataBytes else { return true }
    let present = directory.classic.groups.reduce(0) { $0 + $1.byteCount }
    return present + protocols.byteCount <= settings.maxMetadataBytes
  }

  private static var smallMetadataBytes: Int { 16 << 10 }

  /// Answered through the effects, at once or by a later event.
  package mutating func sync(_ request: SyncRequest, token: ReplyToken, _ turn: inout Turn) {
    let name = request.groupID
    if name.isEmpty { return turn.refuse(sync: token, .invalidGroupID) }
    let answer: Void? =
      directory.withClassic(name, &turn) { $0.sync(request, token: token, &$1) }
      ?? withConsumer(name, &turn) { $0.sync(request, token: token, &$1) }
    if answer == nil { turn.refuse(sync: token, absence(of: name)) }
  }

  package mutating func heartbeat(
    _ request: ClassicHeartbeat, _ turn: inout Turn
  ) -> ErrorCode {
    // The group without a name may be there: it is one that only has positions.
    if request.groupID.isEmpty { return .invalidGroupID }
    return directory.withClassic(request.groupID, &turn) { $0.heartbeat(request, &$1) }
      ?? withConsumer(request.groupID, &turn) { $0.heartbeat(request, &$1) }
      ?? absence(of: request.groupID)
  }

  /// One error per member. An empty group id or an unknown group is the same error for each. An
  /// administrator may also remove members of a consumer group so.
  package mutating func leave(
    groupID: String, members: [LeavingMember], _ turn: inout Turn
  ) -> [ErrorCode] {
    directory.withClassic(groupID, &turn) { $0.leave(members, &$1) }
      ?? withConsumer(groupID, &turn) { $0.leave(members, &$1) }
      ?? members.map { _ in absence(of: groupID) }
  }

  package mutating func heartbeat(
    _ request: ConsumerHeartbeat, _ turn: inout Turn
  ) -> ConsumerHeartbeatReply {
    let name = request.groupID
    // An empty id is for the group's own validation, which answers INVALID_REQUEST.
    guard name.isEmpty || Self.isLegal(name) else {
      return ConsumerHeartbeatReply(
        error: .invalidGroupID, message: "A group id has no zero byte in it.")
    }
    return withConsumer(name, &turn) { $0.heartbeat(request, &$1) }
      ?? makeConsumer(for: request, &turn)
  }
}
