import ActaModel

// A group with members goes from one protocol to the other (KIP-848, online migration).
extension ConsumerGroup {
  /// A consumer group with the members of a classic one: each with what it was assigned last, which
  /// is all that it can have. `nil` if what they said cannot be read, or if an assignor of their own
  /// put something into the assignments that would be lost.
  init?(
    upgrading classic: StoredGroup, topics: some TopicLookup, settings: GroupSettings,
    at now: Instant
  ) {
    let generation = classic.group.generation
    var members: [MemberRow] = []
    for var member in classic.members {
      guard
        let part = Self.consumerPart(
          of: member, under: classic.group.protocolName, generation: generation, topics)
      else { return nil }
      member.consumer = part
      member.classic!.assignment = []
      members.append(member)
    }
    let row = GroupRow(
      name: classic.group.name, type: .consumer, protocolType: "consumer", generation: generation,
      assignmentEpoch: generation)
    self.init(
      restoring: StoredGroup(group: row, members: members), settings: settings, at: now)
    for id in self.members.keys { namePartitions(of: id, topics) }
    isRowDirty = true
    dirtyMembers = Set(self.members.keys)
  }

  private static func consumerPart(
    of member: MemberRow, under protocolName: String?, generation: Int32,
    _ topics: some TopicLookup
  ) -> MemberRow.ConsumerPart? {
    guard let classic = member.classic,
      let chosen = classic.protocols.first(where: { $0.name == protocolName })
        ?? classic.protocols.first,
      let subscription = ConsumerSubscription(reading: chosen.metadata)
    else { return nil }
    var assigned: [TopicID: Set<Int32>] = [:]
    if !classic.assignment.isEmpty {
      guard let assignment = ConsumerAssignment(reading: classic.assignment),
        assignment.userData?.isEmpty ?? true
      else { return nil }
      assigned = partitions(assignment.partitions, topics)
    }
    return MemberRow.ConsumerPart(
      epoch: generation, previousEpoch: generation, rackID: subscription.rackID,
      subscribedTopics: Set(subscription.topics).sorted(),
      assigned: assigned.mapValues { numbers in
        Dictionary(uniqueKeysWithValues: numbers.map { ($0, generation) })
      }, target: assigned)
  }

  /// Only members of the classic protocol are left, and the group may become a classic one.
  func isDowngradeDue(_ settings: GroupSettings) -> Bool {
    !members.isEmpty && classicCount == members.count && members.count <= settings.maxSize
      && settings.migrationPolicy.allowsDowngrade
  }

  /// The group as a classic one in which all members must join again: there has to be a leader. The
  /// generation stays what it is, so that members at the group epoch are told so by
  /// REBALANCE_IN_PROGRESS and lose nothing.
  func downgraded(at now: Instant) -> ClassicGroup {
    let row = GroupRow(
      name: name, type: .classic, state: .preparingRebalance, protocolType: "consumer",
      generation: self.row.generation)
    let rows = membersInOrder.map { member in
      var row = member.row
      row.classic!.assignment = member.assignmentBytes
      row.consumer = nil
      return row
    }
    var group = ClassicGroup(restoring: StoredGroup(group: row, members: rows), at: now)
    group.row.protocolName = group.roster.chosenProtocol()
    // Its rows are written whole by whoever puts it in this one's place.
    _ = group.takeRowChange()
    return group
  }
}

extension ClassicGroup {
  /// Sends all that wait back to join again, in the group that takes this one's place.
  func dismiss(turn: inout Turn) {
    for member in roster.inJoinOrder {
      if let token = member.presence.join {
        refuse(token, .rebalanceInProgress, memberID: member.id, turn: &turn)
      }
      if let token = member.presence.sync {
        turn.effects.syncs.append((token, SyncReply(error: .rebalanceInProgress)))
      }
    }
  }
}
