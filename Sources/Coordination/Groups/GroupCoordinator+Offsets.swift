import ActaModel

// Who may commit, read and delete a group's offsets, and when they expire
// (KafkaWire/PROTOCOL.md §12). The offsets themselves are the storage's.
extension GroupCoordinator {
  /// Prolongs the member's session; makes the group if it is one that only has offsets.
  package mutating func admitCommit(
    _ request: CommitRequest, at now: Instant
  ) -> (permit: Result<CommitPermit, MemberRefusal>, effects: Effects) {
    var turn = Turn(at: now, settings: settings)
    let permit =
      if !request.groupID.isEmpty && !Self.isLegal(request.groupID)
        || request.groupID.isEmpty && request.generation >= 0
      {
        Result<CommitPermit, MemberRefusal>.failure(MemberRefusal(.invalidGroupID))
      } else {
        withClassic(request.groupID, &turn) { $0.admitCommit(request, turn: &$1) }
          ?? withConsumer(request.groupID, &turn) {
            $0.admitCommit(request, settings: $1.settings, at: $1.now)
          } ?? makeSimple(for: request, turn: &turn)
      }
    return (permit, turn.effects)
  }

  /// A commit without generation makes a group that only has offsets.
  private mutating func makeSimple(
    for request: CommitRequest, turn: inout Turn
  ) -> Result<CommitPermit, MemberRefusal> {
    guard request.generation < 0 else {
      let code: ErrorCode = request.knowsConsumerGroups ? .groupIDNotFound : .illegalGeneration
      return .failure(MemberRefusal(code))
    }
    guard hasRoom else { return .failure(MemberRefusal(.policyViolation)) }
    let group = ClassicGroup(name: request.groupID)
    turn.effects.events.append(group.event(.created, reason: "offsets without members"))
    adopt(group)
    withClassic(group.name, &turn) { _, _ in }
    return .success(CommitPermit(source: .simpleConsumer))
  }

  /// A classic group gives its offsets to anyone; so does one that is not there, which has none.
  package func admitFetch(groupID: String, memberID: String?, epoch: Int32) -> ErrorCode {
    if groupID.utf8.contains(0) { return .invalidGroupID }
    return consumer[groupID]?.group.admitFetch(memberID: memberID, epoch: epoch) ?? .none
  }

  /// OffsetDelete: what is answered for the whole group, and for a topic that members subscribe to.
  package func admitOffsetDelete(groupID: String) -> ErrorCode {
    if let group = classic[groupID]?.group {
      return group.isEmpty || group.isConsumerType ? .none : .nonEmptyGroup
    }
    if consumer[groupID] != nil { return .none }
    return Self.isLegal(groupID) ? .groupIDNotFound : .invalidGroupID
  }

  package func isSubscribed(_ groupID: String, to topic: String) -> Bool {
    if let group = classic[groupID]?.group {
      return group.subscribedTopics?.contains(topic) ?? true
    }
    return consumer[groupID]?.group.isSubscribed(to: topic) ?? false
  }

  package func offsetExpiry(of groupID: String) -> OffsetExpiry {
    if let group = classic[groupID]?.group { return group.offsetExpiry }
    guard let group = consumer[groupID]?.group else { return .never }
    return group.isEmpty ? .sinceEmpty : .sinceCommit(exceptTopics: group.subscribedTopics)
  }

  /// Removes a group that has no members, and no offsets, as the caller has found.
  package mutating func removeIfUnused(_ groupID: String) -> Effects {
    let isUnused = classic[groupID]?.group.isUnused ?? consumer[groupID]?.group.isEmpty ?? false
    guard isUnused else { return Effects() }
    return remove(groupID, because: "no members and no offsets")
  }
}
