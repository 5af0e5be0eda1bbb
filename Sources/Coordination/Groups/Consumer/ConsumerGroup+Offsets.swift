import ActaModel

extension ConsumerGroup {
  /// Does not prolong the member's session: only heartbeats do.
  package mutating func admitCommit(
    _ request: CommitRequest, settings: GroupSettings, at now: Instant
  ) -> Result<CommitPermit, MemberRefusal> {
    if members.isEmpty, request.generation < 0 {
      return .success(CommitPermit(source: .adminReset))
    }
    if let instance = request.instanceID, let holder = instances[instance],
      holder != request.memberID
    {
      return .failure(MemberRefusal(.fencedInstanceID))
    }
    guard let member = members[request.memberID] else {
      return .failure(MemberRefusal(.unknownMemberID))
    }
    if let instance = request.instanceID, instance != member.row.instanceID {
      return .failure(MemberRefusal(.fencedInstanceID))
    }
    if member.isClassic {
      return request.generation == member.consumer.epoch
        ? .success(CommitPermit(source: .consumer))
        : .failure(MemberRefusal(.illegalGeneration))
    }
    guard request.knowsConsumerGroups else {
      return .failure(MemberRefusal(.unsupportedVersion))
    }
    return admitCommit(of: member, epoch: request.generation)
  }

  /// With an epoch that was the member's once, it may commit what it has had ever since (KIP-1251).
  private func admitCommit(
    of member: ConsumerMember, epoch: Int32
  ) -> Result<CommitPermit, MemberRefusal> {
    if epoch == member.consumer.epoch, epoch >= 0 {
      return .success(CommitPermit(source: .consumer))
    }
    guard epoch >= 0, epoch < member.consumer.epoch else {
      return .failure(MemberRefusal(.staleMemberEpoch))
    }
    return .success(CommitPermit(staleEpoch: epoch, assignedSince: member.consumer.assigned))
  }

  /// OffsetFetch v9 and later with a member id and epoch; without them anybody may ask.
  package func admitFetch(memberID: String?, epoch: Int32) -> ErrorCode {
    if memberID == nil, epoch < 0 { return .none }
    guard let memberID, let member = members[memberID] else { return .unknownMemberID }
    if epoch == member.consumer.epoch { return .none }
    return member.isClassic ? .illegalGeneration : .staleMemberEpoch
  }
}
