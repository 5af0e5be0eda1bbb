import ActaModel

package struct ConsumerGroup: Sendable {
  package let name: String
  package init(name: String) { self.name = name }
  package init(restoring stored: StoredGroup, settings: GroupSettings, at now: Instant) {
    fatalError("skeleton")
  }

  package var state: GroupState { fatalError("skeleton") }
  package var isEmpty: Bool { fatalError("skeleton") }
  package var memberCount: Int { fatalError("skeleton") }
  package var stored: StoredGroup { fatalError("skeleton") }
  package var nextDeadline: Instant? { fatalError("skeleton") }
  package var description: ConsumerGroupDescription { fatalError("skeleton") }

  package mutating func heartbeat(
    _ request: ConsumerHeartbeat, topics: some TopicLookup, settings: GroupSettings,
    at now: Instant, effects: inout Effects
  ) -> ConsumerHeartbeatReply { fatalError("skeleton") }

  /// LeaveGroup v3 and later by an administrator (kafka-consumer-groups, removeMembersFromConsumerGroup).
  package mutating func remove(
    _ member: LeavingMember, settings: GroupSettings, at now: Instant, effects: inout Effects
  ) -> ErrorCode { fatalError("skeleton") }

  /// Session and rebalance timeouts that have run out; a computation of the assignment that was put off.
  package mutating func tick(
    topics: some TopicLookup, settings: GroupSettings, at now: Instant, effects: inout Effects
  ) { fatalError("skeleton") }

  package mutating func admitCommit(
    _ request: CommitRequest, settings: GroupSettings, at now: Instant
  ) -> Result<CommitPermit, CommitRefusal> { fatalError("skeleton") }

  /// OffsetFetch v9 and later with a member id and epoch.
  package func admitFetch(memberID: String?, epoch: Int32) -> ErrorCode { fatalError("skeleton") }

  package func isSubscribed(to topic: String) -> Bool { fatalError("skeleton") }
  package var subscribedTopics: Set<String> { fatalError("skeleton") }
}

package struct CommitRefusal: Error, Equatable, Sendable {
  package let code: ErrorCode
  package init(_ code: ErrorCode) { self.code = code }
}
