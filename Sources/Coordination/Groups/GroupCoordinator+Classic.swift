import ActaModel

// Members that speak the classic protocol, in groups of either type.
extension GroupCoordinator {
  /// Answered through the effects, at once or by a later event.
  package mutating func join(
    _ request: JoinRequest, token: ReplyToken, topics: some TopicLookup, at now: Instant
  ) -> Effects {
    var turn = Turn(at: now, settings: settings)
    let name = request.groupID
    let isMixed = consumer[name]?.group.isEmpty == false
    let error: ErrorCode? =
      if !Self.isLegal(name) {
        .invalidGroupID
      } else if !hasRoom(for: request.protocols) {
        .groupMaxSizeReached
      } else if let malformation = ClassicGroup.malformation(of: request, settings: settings) {
        malformation
      } else if isMixed || classic[name] != nil {
        nil
      } else {
        makeClassic(for: request, turn: &turn)
      }
    if let error {
      turn.effects.joins.append((token, JoinReply(error: error, memberID: request.memberID)))
    } else if isMixed {
      withConsumer(name, &turn) { $0.join(request, token: token, topics: topics, turn: &$1) }
    } else {
      withClassic(name, &turn) { $0.join(request, token: token, turn: &$1) }
    }
    return turn.effects
  }

  package mutating func sync(
    _ request: SyncRequest, token: ReplyToken, at now: Instant
  ) -> Effects {
    var turn = Turn(at: now, settings: settings)
    let answer: Void? =
      withClassic(request.groupID, &turn) { $0.sync(request, token: token, turn: &$1) }
      ?? withConsumer(request.groupID, &turn) { $0.sync(request, token: token, turn: &$1) }
    if answer == nil {
      turn.effects.syncs.append((token, SyncReply(error: absence(of: request.groupID))))
    }
    return turn.effects
  }

  package mutating func heartbeat(
    _ request: HeartbeatRequest, at now: Instant
  ) -> (error: ErrorCode, effects: Effects) {
    var turn = Turn(at: now, settings: settings)
    let error =
      withClassic(request.groupID, &turn) { $0.heartbeat(request, turn: &$1) }
      ?? withConsumer(request.groupID, &turn) { $0.heartbeat(request, turn: &$1) }
    return (error ?? absence(of: request.groupID), turn.effects)
  }

  /// One error per member. An empty group id or an unknown group is the same error for each. An
  /// administrator may also remove members of a consumer group so.
  package mutating func leave(
    groupID: String, members: [LeavingMember], topics: some TopicLookup, at now: Instant
  ) -> (errors: [ErrorCode], effects: Effects) {
    var turn = Turn(at: now, settings: settings)
    let errors =
      withClassic(groupID, &turn) { $0.leave(members, turn: &$1) }
      ?? withConsumer(groupID, &turn) { group, turn in
        members.map {
          group.remove($0, settings: turn.settings, at: turn.now, effects: &turn.effects)
        }
      }
    return (errors ?? members.map { _ in absence(of: groupID) }, turn.effects)
  }

  /// Only joins that say a lot are held against what all say together: looking at all groups takes
  /// as long as there are groups.
  private func hasRoom(for protocols: [GroupProtocol]) -> Bool {
    guard protocols.byteCount > Self.smallMetadataBytes else { return true }
    let present = classic.values.reduce(0) { $0 + $1.group.roster.byteCount }
    return present + protocols.byteCount <= settings.maxMetadataBytes
  }

  private static var smallMetadataBytes: Int { 16 << 10 }

  static func isLegal(_ groupID: String) -> Bool {
    !groupID.isEmpty && !groupID.utf8.contains(0)
  }

  /// What a member is answered whose group is not there.
  private func absence(of groupID: String) -> ErrorCode {
    Self.isLegal(groupID) ? .unknownMemberID : .invalidGroupID
  }
}
