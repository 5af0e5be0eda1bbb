package import ActaModel
package import KafkaWire

/// What a membership asks for.
package enum MembershipEffect {
  /// Which node coordinates the group.
  case findCoordinator
  case send(MembershipCall)
  /// Metadata, of topics by name.
  case learnTopics(Set<String>)
  /// Metadata, of topics by id.
  case learnIDs(Set<TopicID>)
  /// They are to go to another member, which waits for it: the program finishes what it does with them and commits.
  case revoke([TopicPartition])
  /// They are the member's from now on.
  case assign([TopicPartition])
  /// They are not the member's any more, and may be another's already: there is nothing to commit.
  case lose([TopicPartition])
  /// Nothing comes any more, as was asked for.
  case left
  /// Nothing comes any more; the program must know why.
  case fail(ClientFailure)
}

/// A request to the group's coordinator.
package struct MembershipCall {
  package enum Request {
    case join(JoinGroupRequest)
    case sync(SyncGroupRequest)
    case heartbeat(HeartbeatRequest)
    case leave(LeaveGroupRequest)
    case consumerHeartbeat(ConsumerGroupHeartbeatRequest)
  }

  package let number: UInt64
  package let node: Int32
  package let request: Request
  /// How long to wait for the answer: JoinGroup is answered when all others have joined.
  package let timeoutMilliseconds: Int32
}

package enum MembershipAnswer {
  case join(JoinGroupResponse)
  case sync(SyncGroupResponse)
  case heartbeat(HeartbeatResponse)
  case leave(LeaveGroupResponse)
  case consumerHeartbeat(ConsumerGroupHeartbeatResponse)
}
