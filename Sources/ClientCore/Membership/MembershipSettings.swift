/// How a member takes part in its group; each name is Kafka's, in camel case, and so is each default.
package struct MembershipSettings: Equatable, Sendable {
  package var groupID: String
  /// `group.instance.id` of a static member.
  package var groupInstanceID: String?
  package var clientRack: String?
  /// Classic protocol: without a heartbeat for so long the member is out. With KIP-848 the group has it.
  package var sessionTimeoutMilliseconds: Int32 = 45_000
  /// Classic protocol; with KIP-848 the coordinator says it.
  package var heartbeatIntervalMilliseconds: Int32 = 3_000
  /// How long the program may take from one poll to the next, and to let go of partitions in a rebalance.
  package var maxPollIntervalMilliseconds: Int32 = 300_000
  package var requestTimeoutMilliseconds: Int32 = 30_000
  package var retryBackoff = Backoff(firstMilliseconds: 100, lastMilliseconds: 1_000)
  /// Classic protocol, in order of preference; at least one.
  package var partitionAssignmentStrategy: [ClientAssignor] = [.range, .cooperativeSticky]
  /// KIP-848; `nil` leaves it to the group.
  package var groupRemoteAssignor: String?

  package init(groupID: String) { self.groupID = groupID }

  /// Whether members may keep what they have while the group rebalances: only if every assignor allows it, for
  /// any of them may be chosen.
  var isCooperative: Bool { partitionAssignmentStrategy.allSatisfy(\.isCooperative) }
}
