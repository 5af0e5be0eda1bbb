import ActaModel

extension ConsumerGroup {
  /// Changes a member and remembers whether its row must be written.
  mutating func change(_ id: String, _ body: (inout ConsumerMember) -> Void) {
    let index = members.index(forKey: id)!
    let before = members.values[index].row
    let wasReconciled = isReconciled(members.values[index])
    let wasClassic = members.values[index].isClassic
    body(&members.values[index])
    guard members.values[index].row != before else { return }
    dirtyMembers.insert(id)
    let isReconciled = isReconciled(members.values[index])
    if wasReconciled != isReconciled { reconciledCount += isReconciled ? 1 : -1 }
    let isClassic = members.values[index].isClassic
    if wasClassic != isClassic { classicCount += isClassic ? 1 : -1 }
  }

  /// Turns what has changed since the last time into rows. A group that nobody has joined yet has
  /// none.
  mutating func flush(into effects: inout Effects) {
    guard isStored else { return }
    let state = presentState
    if row.state != state {
      row.state = state
      isRowDirty = true
    }
    if isRowDirty { effects.changes.append(.putGroup(row)) }
    isRowDirty = false
    for id in removedMembers {
      effects.changes.append(.removeMember(memberID: id, group: name))
    }
    removedMembers = []
    if dirtyMembers.isEmpty { return }
    let rows = dirtyMembers.map { members[$0]!.row }.sorted { $0.joinOrder < $1.joinOrder }
    for row in rows { effects.changes.append(.putMember(row, group: name)) }
    dirtyMembers = []
  }

  private var presentState: GroupState {
    if members.isEmpty { return .empty }
    if row.generation > row.assignmentEpoch { return .assigning }
    return reconciledCount < members.count ? .reconciling : .stable
  }

  /// Writes down by name what the member has. A partition of a topic that was deleted has no name
  /// any more.
  mutating func namePartitions(of id: String, _ topics: some TopicLookup) {
    var partitions: [TopicPartition] = []
    for (topic, numbers) in members[id]!.consumer.assigned {
      guard let shape = topics.topic(id: topic) else { continue }
      for number in numbers.keys {
        partitions.append(TopicPartition(topic: shape.name, number: number))
      }
    }
    partitions.sort()
    change(id) { $0.row.partitions = partitions }
  }
}

// MARK: Events

extension ConsumerGroup {
  func event(
    _ kind: GroupEvent.Kind, of member: ConsumerMember, reason: String? = nil
  ) -> GroupEvent {
    GroupEvent(
      group: name, kind: kind, generation: row.generation, memberID: member.id,
      instanceID: member.row.instanceID, clientID: member.row.clientID,
      clientHost: member.row.clientHost, attribution: member.row.attribution, reason: reason)
  }

  func event(
    _ kind: GroupEvent.Kind, of request: ConsumerHeartbeat, reason: String? = nil
  ) -> GroupEvent {
    GroupEvent(
      group: name, kind: kind, generation: row.generation, memberID: request.memberID,
      instanceID: request.instanceID, clientID: request.client.clientID,
      clientHost: request.client.clientHost, attribution: request.client.attribution,
      reason: reason)
  }

  /// A member has other partitions than before.
  func noteAssignment(of id: String, effects: inout Effects) {
    let member = members[id]!
    var assigned = event(.assigned, of: member)
    assigned.partitions = member.row.partitions
    effects.events.append(assigned)
  }

  /// Refusals that tell of a member that lost its place are worth an event; mistakes of a client
  /// are not. One that asks again and again makes one event.
  mutating func note(
    _ refusal: HeartbeatRefusal, of request: ConsumerHeartbeat, effects: inout Effects
  ) {
    let event: GroupEvent
    switch refusal.code {
    case .fencedMemberEpoch, .fencedInstanceID:
      event = self.event(.fenced, of: request, reason: refusal.message)
    case .unreleasedInstanceID:
      event = self.event(.replaced, of: request, reason: "refused: \(refusal.message)")
    default: return
    }
    guard lastRefusedID != request.memberID else { return }
    lastRefusedID = request.memberID
    effects.events.append(event)
  }
}
