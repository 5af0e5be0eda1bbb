package import ActaModel

// Who may commit and read offsets of a consumer group, and when they expire (KafkaWire/PROTOCOL.md §12).
extension ConsumerGroup {
  /// Does not prolong the member's session: only heartbeats do. The member id and its epoch decide;
  /// an instance id that is named beside them is not looked at, in Kafka neither.
  package func admitCommit(_ request: CommitRequest) -> Result<CommitPermit, MemberRefusal> {
    if isEmpty, request.isOutsideGroup { return .success(CommitPermit(source: .adminReset)) }
    if request.isTransactional, request.isFromNoMember {
      return .success(CommitPermit(source: .transaction))
    }
    guard let seat = roster.seat(of: request.memberID) else {
      return .failure(MemberRefusal(.unknownMemberID))
    }
    if roster[seat].isClassic {
      return request.generation == roster[seat].consumer.epoch
        ? .success(CommitPermit(source: .consumer))
        : .failure(MemberRefusal(.illegalGeneration))
    }
    guard request.knowsConsumerGroups || request.isTransactional else {
      return .failure(MemberRefusal(.unsupportedVersion))
    }
    return admitCommit(of: roster[seat].consumer, epoch: request.generation)
  }

  /// With an epoch that was the member's once, it may commit what it has had ever since (KIP-1251).
  private func admitCommit(
    of member: MemberRow.ConsumerPart, epoch: Int32
  ) -> Result<CommitPermit, MemberRefusal> {
    if epoch == member.epoch, epoch >= 0 { return .success(CommitPermit(source: .consumer)) }
    guard epoch >= 0, epoch < member.epoch else {
      return .failure(MemberRefusal(.staleMemberEpoch))
    }
    return .success(CommitPermit(staleEpoch: epoch, assignedSince: member.assigned))
  }

  /// OffsetFetch v9 and later with a member id and epoch; a request without them is always let in.
  package func admitFetch(memberID: String?, epoch: Int32) -> ErrorCode {
    if memberID == nil, epoch < 0 { return .none }
    guard let memberID, let seat = roster.seat(of: memberID) else { return .unknownMemberID }
    if epoch == roster[seat].consumer.epoch { return .none }
    return roster[seat].isClassic ? .illegalGeneration : .staleMemberEpoch
  }

  package func isSubscribed(to topic: String) -> Bool { roster.subscriptions.contains(topic) }

  /// By name and by pattern, whether they exist or not.
  package var subscribedTopics: Set<String> { roster.subscriptions.topicNames }

  var offsetExpiry: OffsetExpiry {
    isEmpty ? .sinceEmpty : .sinceCommit(exceptTopics: subscribedTopics)
  }
}
