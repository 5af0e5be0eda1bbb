package import ActaModel

// Who may commit, read and delete a group's offsets, and when they expire (KafkaWire/PROTOCOL.md §12). The
// offsets themselves are the storage's.
extension GroupCoordinator {
  /// Prolongs a classic member's session; makes the group if it is one that only has offsets.
  package mutating func admitCommit(
    _ request: CommitRequest, _ turn: inout Turn
  ) -> Result<CommitPermit, MemberRefusal> {
    let name = request.groupID
    guard name.isEmpty || Self.isLegal(name) else {
      return .failure(MemberRefusal(.invalidGroupID))
    }
    return directory.withClassic(name, &turn) { $0.admitCommit(request, &$1) }
      ?? withConsumer(name, &turn) { group, _ in group.admitCommit(request) }
      ?? makeSimple(for: request, &turn)
  }

  /// A classic group gives its offsets to all who ask; so does one that is not there, which has
  /// none.
  package func admitFetch(groupID: String, memberID: String?, epoch: Int32) -> ErrorCode {
    if groupID.utf8.contains(0) { return .invalidGroupID }
    return directory.consumer[groupID]?.admitFetch(memberID: memberID, epoch: epoch) ?? .none
  }

  /// OffsetDelete: what is answered for the whole group, and for a topic that members subscribe to.
  package func admitOffsetDelete(groupID: String) -> ErrorCode {
    guard Self.isLegal(groupID) else { return .invalidGroupID }
    if let group = directory.classic[groupID] {
      return group.isEmpty || group.isConsumerType ? .none : .nonEmptyGroup
    }
    return directory.consumer[groupID] != nil ? .none : .groupIDNotFound
  }

  package func isSubscribed(_ groupID: String, to topic: String) -> Bool {
    directory[groupID]?.isSubscribed(to: topic) ?? false
  }

  package func offsetExpiry(of groupID: String) -> OffsetExpiry {
    directory[groupID]?.offsetExpiry ?? .never
  }
}
