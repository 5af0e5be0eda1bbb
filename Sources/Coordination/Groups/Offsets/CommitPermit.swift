package import ActaModel

/// Who wants to commit offsets.
package struct CommitRequest: Sendable {
  package var groupID: String
  /// Empty when it is no member.
  package var memberID: String
  package var instanceID: String?
  /// The generation or member epoch; -1 for none.
  package var generation: Int32
  /// The request is of a version in which members of consumer groups commit, and which knows
  /// GROUP_ID_NOT_FOUND.
  package var knowsConsumerGroups: Bool
  /// In a transaction: members are named only by clients that can, the transaction holds off whoever is late,
  /// and nothing of it is a sign of life.
  package var isTransactional: Bool

  package init(
    groupID: String, memberID: String, instanceID: String?, generation: Int32,
    knowsConsumerGroups: Bool, isTransactional: Bool = false
  ) {
    self.groupID = groupID
    self.memberID = memberID
    self.instanceID = instanceID
    self.generation = generation
    self.knowsConsumerGroups = knowsConsumerGroups
    self.isTransactional = isTransactional
  }

  /// It is a tool's, or one of a consumer that shares its group with no other. The generation alone
  /// says so: a consumer that assigns itself partitions may have made a member id, or have an
  /// instance id, without ever joining.
  var isOutsideGroup: Bool { generation < 0 }

  /// There is nothing by which a member could be found.
  var isFromNoMember: Bool { isOutsideGroup && memberID.isEmpty && instanceID == nil }
}

/// Leave to commit, and as whom.
package struct CommitPermit: Sendable {
  package let source: CommitSource
  /// Set when the member named an epoch older than its present one (KIP-1251): then only
  /// partitions that were assigned to it at that epoch or before may be committed.
  private let assignedSince: [TopicID: [Int32: Int32]]?
  private let epoch: Int32

  package init(source: CommitSource) {
    self.source = source
    assignedSince = nil
    epoch = -1
  }

  package init(staleEpoch epoch: Int32, assignedSince: [TopicID: [Int32: Int32]]) {
    source = .consumer
    self.assignedSince = assignedSince
    self.epoch = epoch
  }

  /// What is answered for one partition: `.none` if it may be committed.
  package func check(_ topic: TopicID, _ partition: Int32) -> ErrorCode {
    guard let assignedSince else { return .none }
    guard let since = assignedSince[topic]?[partition], epoch >= since else {
      return .staleMemberEpoch
    }
    return .none
  }
}
