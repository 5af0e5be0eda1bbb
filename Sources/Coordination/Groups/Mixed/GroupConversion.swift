import ActaModel

/// Which kind a group has: decided when a member joins a name that is free, or whose group has the
/// other kind (KIP-848, online migration).
///
/// An empty group takes the kind of the first member that joins. Its offsets stay, and the new group
/// goes on from the number where the old one stood, so that no generation or epoch comes twice.
///
/// A group with members goes over to the consumer protocol when the first member that speaks it
/// joins, if it is one of consumers and `group.consumer.migration.policy` has "upgrade" in it. From
/// then on a consumer group serves both kinds (`ConsumerGroup+Classic`). When the last member of the
/// consumer protocol goes, it becomes a classic group again, if the policy has "downgrade" in it.
enum GroupConversion {
  static let toClassic = "from the consumer protocol to the classic"
  static let toConsumer = "from the classic protocol to the consumer"

  // MARK: To the consumer protocol

  /// `nil` if there are members and the group may not, or cannot, go over with them.
  static func consumerGroup(inPlaceOf former: ClassicGroup, _ turn: Turn) -> ConsumerGroup? {
    if former.isEmpty { return consumerGroup(of: [], inPlaceOf: former, turn) }
    guard turn.settings.migrationPolicy.allowsUpgrade, former.isConsumerType,
      former.roster.count <= turn.settings.consumerMaxSize,
      let members = upgraded(former.stored, turn.topics)
    else { return nil }
    var group = consumerGroup(of: members, inPlaceOf: former, turn)
    group.takeOver(turn)
    return group
  }

  private static func consumerGroup(
    of members: [MemberRow], inPlaceOf former: ClassicGroup, _ turn: Turn
  ) -> ConsumerGroup {
    let generation = former.row.generation
    let row = GroupRow(
      name: former.name, type: .consumer, protocolType: "consumer", generation: generation,
      assignmentEpoch: generation)
    return ConsumerGroup(
      restoring: StoredGroup(group: row, members: members),
      settings: turn.settings.own(of: row.name) ?? turn.settings, at: turn.now)
  }

  /// The members with what each was assigned last, which is all that it can have. `nil` if what they
  /// said cannot be read, or if an assignor of their own put something into the assignments that
  /// would be lost.
  private static func upgraded(
    _ classic: StoredGroup, _ topics: any TopicLookup
  ) -> [MemberRow]? {
    var members: [MemberRow] = []
    for var member in classic.members {
      guard let part = consumerPart(of: member, in: classic.group, topics) else { return nil }
      member.consumer = part
      member.classic?.assignment = []
      members.append(member)
    }
    return members
  }

  private static func consumerPart(
    of member: MemberRow, in group: GroupRow, _ topics: any TopicLookup
  ) -> MemberRow.ConsumerPart? {
    guard let classic = member.classic,
      let chosen = classic.protocols.first(where: { $0.name == group.protocolName })
        ?? classic.protocols.first,
      let subscription = ConsumerSubscription(reading: chosen.metadata)
    else { return nil }
    var assigned: [TopicID: Set<Int32>] = [:]
    if !classic.assignment.isEmpty {
      guard let assignment = ConsumerAssignment(reading: classic.assignment),
        assignment.userData?.isEmpty ?? true
      else { return nil }
      assigned = topics.identified(assignment.partitions)
    }
    return MemberRow.ConsumerPart(
      epoch: group.generation, previousEpoch: group.generation, rackID: subscription.rackID,
      subscribedTopics: Set(subscription.topics).sorted(),
      assigned: assigned.mapValues { numbers in
        Dictionary(uniqueKeysWithValues: numbers.map { ($0, group.generation) })
      }, target: assigned)
  }

  // MARK: To the classic protocol

  /// The group as a classic one in which all members must join again: there has to be a leader. The
  /// generation stays what it is, so that members at the group epoch are told so by
  /// REBALANCE_IN_PROGRESS and lose nothing.
  static func classicGroup(inPlaceOf former: ConsumerGroup, at now: Instant) -> ClassicGroup {
    let row = GroupRow(
      name: former.name, type: .classic, state: .preparingRebalance, protocolType: "consumer",
      generation: former.row.generation)
    let members = former.roster.inJoinOrder.map { member in
      var row = member.row
      row.classic?.assignment = member.assignmentBytes
      row.consumer = nil
      return row
    }
    return ClassicGroup(downgrading: StoredGroup(group: row, members: members), at: now)
  }
}
