import ActaModel

// What the tables keep of a classic group, and what people are told of it.
extension ClassicGroup {
  /// Ends an event: what has changed since the last becomes changes of the tables.
  mutating func settle(_ turn: inout Turn) {
    if takeRowChange() { turn.effects.changes.append(.putGroup(row)) }
    guard let changes = roster.drainChanges() else { return }
    // Removals first: a static member's new row has the instance id of its old one.
    for id in changes.removed {
      turn.effects.changes.append(.removeMember(memberID: id, group: name))
    }
    for profile in changes.changed {
      turn.effects.changes.append(.putMember(memberRow(profile), group: name))
    }
  }

  var stored: StoredGroup {
    StoredGroup(group: row, members: roster.inJoinOrder.map { memberRow($0.profile) })
  }

  private func memberRow(_ profile: ClassicMember.Profile) -> MemberRow {
    MemberRow(
      memberID: profile.id, instanceID: profile.instanceID, clientID: profile.client.clientID,
      clientHost: profile.client.clientHost, attribution: profile.client.attribution,
      sessionTimeoutMilliseconds: profile.sessionTimeoutMilliseconds,
      rebalanceTimeoutMilliseconds: profile.rebalanceTimeoutMilliseconds,
      joinOrder: profile.joinOrder,
      classic: .init(protocols: profile.protocols, assignment: profile.assignment),
      partitions: partitions(in: profile.assignment) ?? [])
  }

  /// What an assignment says, if it is a consumer's and can be read.
  func partitions(in assignment: [UInt8]) -> [TopicPartition]? {
    guard isConsumerType else { return nil }
    return assignment.isEmpty ? [] : ConsumerAssignment(reading: assignment)?.partitions
  }

  /// The topics that members want: `nil` when that cannot be known, so that any may be among them.
  var subscribedTopics: Set<String>? {
    if roster.isEmpty { return [] }
    guard isConsumerType, let protocolName = row.protocolName else { return nil }
    var topics: Set<String> = []
    for member in roster.unordered {
      guard let metadata = member.profile.metadata(under: protocolName),
        let subscription = ConsumerSubscription(reading: metadata)
      else { return nil }
      topics.formUnion(subscription.topics)
    }
    return topics
  }

  var description: ClassicGroupDescription {
    let isStable = state == .stable
    return ClassicGroupDescription(
      state: state, protocolType: row.protocolType ?? "",
      protocolName: isStable ? row.protocolName ?? "" : "",
      members: roster.inJoinOrder.map { member in
        let profile = member.profile
        return .init(
          memberID: profile.id, instanceID: profile.instanceID, client: profile.client,
          metadata: isStable ? profile.metadata(under: row.protocolName) ?? [] : [],
          assignment: isStable ? profile.assignment : [])
      })
  }

  func event(
    _ kind: GroupEvent.Kind, of member: ClassicMember.Profile? = nil, reason: String? = nil,
    partitions: [TopicPartition]? = nil
  ) -> GroupEvent {
    GroupEvent(
      group: name, kind: kind, generation: row.generation, memberID: member?.id,
      instanceID: member?.instanceID, clientID: member?.client.clientID,
      clientHost: member?.client.clientHost,
      attribution: member?.client.attribution ?? Attribution(), reason: reason,
      partitions: partitions)
  }
}

extension ClassicMember.Profile {
  init(_ row: MemberRow) {
    self.init(
      id: row.memberID, instanceID: row.instanceID,
      client: ClientIdentity(
        clientID: row.clientID, clientHost: row.clientHost, attribution: row.attribution),
      sessionTimeoutMilliseconds: row.sessionTimeoutMilliseconds,
      rebalanceTimeoutMilliseconds: row.rebalanceTimeoutMilliseconds, joinOrder: row.joinOrder,
      protocols: row.classic?.protocols ?? [], assignment: row.classic?.assignment ?? [])
  }
}
