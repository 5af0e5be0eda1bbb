import ActaModel

// Who may commit offsets of a classic group, and when they expire (KafkaWire/PROTOCOL.md §12).
extension ClassicGroup {
  mutating func admitCommit(
    _ request: CommitRequest, turn: inout Turn
  ) -> Result<CommitPermit, MemberRefusal> {
    let isNobody = request.memberID.isEmpty && request.instanceID == nil
    if isNobody && request.generation < 0 {
      guard isEmpty else { return .failure(MemberRefusal(.unknownMemberID)) }
      // A tool that moves a group which its members have left; or a group that never had any.
      return .success(CommitPermit(source: row.protocolType == nil ? .simpleConsumer : .adminReset))
    }
    let error = memberObjection(request.memberID, instanceID: request.instanceID, turn: &turn)
    if let error { return .failure(MemberRefusal(error)) }
    guard request.generation == row.generation else {
      return .failure(MemberRefusal(.illegalGeneration))
    }
    roster.mark(request.memberID) { $0.lastContact = turn.now }
    // Before a round ends its members may still say how far they came; after that, only once the
    // partitions have owners again.
    if state == .completingRebalance { return .failure(MemberRefusal(.rebalanceInProgress)) }
    return .success(CommitPermit(source: .consumer))
  }

  var offsetExpiry: OffsetExpiry {
    if row.protocolType == nil { return .sinceCommit(exceptTopics: []) }
    switch state {
    case .empty: return .sinceEmpty
    case .stable: return subscribedTopics.map { .sinceCommit(exceptTopics: $0) } ?? .never
    case .preparingRebalance, .completingRebalance, .dead, .assigning, .reconciling:
      return .never
    }
  }
}
