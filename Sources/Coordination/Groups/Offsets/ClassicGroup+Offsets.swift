import ActaModel

// Who may commit offsets of a classic group, and when they expire (KafkaWire/PROTOCOL.md §12).
extension ClassicGroup {
  mutating func admitCommit(
    _ request: CommitRequest, _ turn: inout Turn
  ) -> Result<CommitPermit, MemberRefusal> {
    if request.isOutsideGroup, isEmpty {
      // A tool that moves a group which its members have left; or a group that never had any.
      return .success(CommitPermit(source: row.protocolType == nil ? .simpleConsumer : .adminReset))
    }
    if request.isFromNoMember {
      return request.isTransactional
        ? .success(CommitPermit(source: .transaction))
        : .failure(MemberRefusal(.unknownMemberID))
    }
    let error = memberObjection(request.memberID, instanceID: request.instanceID, &turn)
    if let error { return .failure(MemberRefusal(error)) }
    guard request.generation == round.row.generation else {
      return .failure(MemberRefusal(.illegalGeneration))
    }
    if request.isTransactional { return .success(CommitPermit(source: .transaction)) }
    round.roster.mark(request.memberID) { $0.lastContact = turn.now }
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

  /// Whether members may want the topic: yes, when that cannot be known.
  func isSubscribed(to topic: String) -> Bool { subscribedTopics?.contains(topic) ?? true }

  /// The topics that members want: `nil` when that cannot be known, so that any may be among them.
  private var subscribedTopics: Set<String>? {
    if roster.isEmpty { return [] }
    guard isConsumerType, let protocolName = row.protocolName else { return nil }
    var topics: Set<String> = []
    for member in roster.unordered {
      guard let metadata = member.profile.metadata(under: protocolName),
        let wanted = ConsumerSubscription.topics(in: metadata)
      else { return nil }
      topics.formUnion(wanted)
    }
    return topics
  }
}
