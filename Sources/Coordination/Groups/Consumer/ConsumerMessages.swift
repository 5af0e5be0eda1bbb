import ActaModel

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

/// The topics that there are, as coordinators see them: one moment, no I/O.
package protocol TopicLookup {
  /// Two lookups with the same version show the same topics.
  var version: UInt64 { get }
  func topic(named name: String) -> TopicShape?
  func topic(id: TopicID) -> TopicShape?
  /// Topics whose whole name matches, in RE2 syntax; `nil` if the pattern is not valid.
  func names(matching pattern: String) -> [String]?
}

package struct TopicShape: Equatable, Sendable {
  package let id: TopicID
  package let name: String
  package let partitionCount: Int32

  package init(id: TopicID, name: String, partitionCount: Int32) {
    self.id = id
    self.name = name
    self.partitionCount = partitionCount
  }
}
