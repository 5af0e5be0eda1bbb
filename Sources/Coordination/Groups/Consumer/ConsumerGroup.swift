import ActaModel

/// A consumer group (KafkaWire/PROTOCOL.md §13, KIP-848): members say by heartbeats what they
/// subscribe to and what they own, the broker computes who is to have what, and every member is led
/// to it by itself.
///
/// Three epochs tell how far things are. The *group epoch* rises whenever the assignment may have
/// to change. The *assignment epoch* is the group epoch for which the target was computed. A
/// *member epoch* is the assignment epoch that the member has reached: it does so when it has given
/// up all that its target lacks. A partition is given to nobody as long as another member has it or
/// has not confirmed that it gave it up (`PartitionOwners`), so at no time do two own it.
///
/// A value without clock and I/O. Every event ends in `flush`, which turns what has changed into
/// rows: what the rows say, folded, is what is in memory, apart from deadlines, and apart from what
/// was looked up about topics; both begin anew after a restart.
package struct ConsumerGroup: Sendable {
  package var name: String { row.name }

  /// As the tables have it after each event. `generation` is the group epoch.
  var row: GroupRow
  var isRowDirty: Bool
  /// Whether anybody has joined; until then there is nothing to write.
  var isStored: Bool
  var members: [String: ConsumerMember] = [:]
  /// Member ids by instance id.
  var instances: [String: String] = [:]
  var nextJoinOrder: Int64 = 0
  var subscriptions = Subscriptions()
  /// Who has each partition, or has yet to give it up.
  var owners = PartitionOwners()
  /// How many members speak the classic protocol.
  var classicCount = 0
  /// How many members have the assignment epoch and all of their target.
  var reconciledCount = 0

  /// The version of the topics that `subscriptions` and `targetShapes` were last held against.
  var topicsVersion: UInt64?
  /// Partition counts of the subscribed topics when the target was computed.
  var targetShapes: [TopicID: Int32] = [:]
  var lastAssignedAt: Instant?
  /// When the target is to be computed; set while the group epoch is ahead of it.
  var assignmentDue: Instant?
  /// The last one whose refusal was made an event of.
  var lastRefusedID: String?
  /// No session and no rebalance timeout runs out before; it may be early.
  var earliestTimeout: Instant?

  // Changes since the last `flush`.
  var dirtyMembers: Set<String> = []
  var removedMembers: [String] = []

  package init(name: String) {
    row = GroupRow(name: name, type: .consumer, protocolType: "consumer")
    isRowDirty = true
    isStored = false
  }

  /// Sessions and rebalance timeouts begin anew. Rows that contradict each other, as only somebody
  /// who edits the tables can make them, are corrected by the next event.
  package init(restoring stored: StoredGroup, settings: GroupSettings, at now: Instant) {
    row = stored.group
    isRowDirty = false
    isStored = true
    for row in stored.members {
      if row.consumer == nil {
        removedMembers.append(row.memberID)
      } else {
        restore(row, settings: settings, at: now)
      }
    }
    // With a target for the present group epoch, its partitions tell which shapes it was for, since
    // it gives out every partition of every subscribed topic.
    for member in members.values {
      for (topic, partitions) in member.consumer.target {
        let count = (partitions.max() ?? -1) &+ 1
        targetShapes[topic] = max(targetShapes[topic] ?? 0, count)
      }
    }
    if row.generation > row.assignmentEpoch, !members.isEmpty { assignmentDue = now }
  }

  private mutating func restore(_ row: MemberRow, settings: GroupSettings, at now: Instant) {
    var member = ConsumerMember(row: row, sessionDeadline: now)
    member.subscription = subscriptions.add(
      Subscription(names: member.consumer.subscribedTopics, regex: member.consumer.subscribedRegex))
    member.consumer.subscribedTopics = member.subscription.names  // The shared list.
    member.sessionDeadline = now + sessionTimeout(of: member, settings)
    if member.consumer.state == .unrevokedPartitions, !member.isClassic {
      member.rebalanceDeadline = now + member.row.rebalanceTimeoutMilliseconds
    }
    noteTimeouts(of: member)
    owners.admit(&member)
    if member.row != row { dirtyMembers.insert(member.id) }
    if let instance = row.instanceID { instances[instance] = row.memberID }
    if isReconciled(member) { reconciledCount += 1 }
    if member.isClassic { classicCount += 1 }
    nextJoinOrder = max(nextJoinOrder, row.joinOrder + 1)
    members[row.memberID] = member
  }

  package var state: GroupState { row.state }
  package var isEmpty: Bool { members.isEmpty }
  package var memberCount: Int { members.count }

  package var stored: StoredGroup {
    StoredGroup(group: row, members: membersInOrder.map(\.row))
  }

  var membersInOrder: [ConsumerMember] {
    members.values.sorted { $0.row.joinOrder < $1.row.joinOrder }
  }

  package var description: ConsumerGroupDescription {
    ConsumerGroupDescription(
      state: row.state, groupEpoch: row.generation, assignmentEpoch: row.assignmentEpoch,
      assignor: row.protocolName ?? "", members: membersInOrder.map(\.row))
  }

  /// When to call `tick`; it may be early, never late.
  package var nextDeadline: Instant? {
    Instant.earlier(earliestTimeout, assignmentDue)
  }

  package func isSubscribed(to topic: String) -> Bool { subscriptions.contains(topic) }

  /// By name and by pattern, whether they exist or not.
  package var subscribedTopics: Set<String> { subscriptions.topicNames }
}
