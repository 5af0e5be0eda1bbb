package import ActaModel

/// A heartbeat of a member of a consumer group (KafkaWire/PROTOCOL.md §13); `nil` means unchanged
/// since the last one.
package struct ConsumerHeartbeat: Sendable {
  package var groupID: String
  /// Made by the client (v1) or, when it sent none in v0, drawn by the caller.
  package var memberID: String
  /// 0 joins, -1 leaves, -2 leaves for a while (static members).
  package var memberEpoch: Int32
  package var instanceID: String?
  package var rackID: String?
  /// -1: unchanged.
  package var rebalanceTimeoutMilliseconds: Int32
  package var subscribedTopics: [String]?
  package var subscribedRegex: String?
  package var assignor: String?
  /// What the member has now.
  package var owned: [TopicID: Set<Int32>]?
  package var client: ClientIdentity

  package init(
    groupID: String, memberID: String, memberEpoch: Int32, instanceID: String? = nil,
    rackID: String? = nil, rebalanceTimeoutMilliseconds: Int32 = -1,
    subscribedTopics: [String]? = nil, subscribedRegex: String? = nil, assignor: String? = nil,
    owned: [TopicID: Set<Int32>]? = nil, client: ClientIdentity
  ) {
    self.groupID = groupID
    self.memberID = memberID
    self.memberEpoch = memberEpoch
    self.instanceID = instanceID
    self.rackID = rackID
    self.rebalanceTimeoutMilliseconds = rebalanceTimeoutMilliseconds
    self.subscribedTopics = subscribedTopics
    self.subscribedRegex = subscribedRegex
    self.assignor = assignor
    self.owned = owned
    self.client = client
  }
}

package struct ConsumerHeartbeatReply: Equatable, Sendable {
  package var error: ErrorCode = .none
  package var errorMessage: String?
  package var memberID: String?
  package var memberEpoch: Int32 = 0
  package var heartbeatIntervalMilliseconds: Int32 = 0
  /// `nil` is "no news"; empty is "nothing assigned".
  package var assignment: [TopicID: Set<Int32>]?

  package init() {}

  package init(error: ErrorCode, message: String? = nil) {
    self.error = error
    errorMessage = message
  }
}

extension ConsumerHeartbeat {
  /// Whether the client says what it has or wants, as it does when it joins, when it has given up
  /// or taken over partitions, and when an answer was lost: then it is told its assignment.
  var isFull: Bool {
    memberEpoch == 0 || owned != nil || subscribedTopics != nil || subscribedRegex != nil
  }

  /// Most heartbeats say nothing but that the member is there.
  func hasNews(about member: ConsumerMember) -> Bool {
    assignor != nil || subscribedTopics != nil || subscribedRegex != nil || rackID != nil
      || rebalanceTimeoutMilliseconds >= 0 || !member.isFrom(client)
  }
}

extension ConsumerHeartbeatReply {
  /// What a member is answered that leaves, for good or for a while.
  static func farewell(to request: ConsumerHeartbeat) -> Self {
    var reply = Self()
    reply.memberID = request.memberID
    reply.memberEpoch = request.memberEpoch
    return reply
  }
}
