package import ActaModel

/// A consumer group (KafkaWire/PROTOCOL.md §13, KIP-848): members say by heartbeats what they
/// subscribe to and what they own, the broker computes who is to have what, and every member is led
/// to it by itself.
///
/// Three epochs tell how far things are. The *group epoch* rises whenever the assignment may have
/// to change. The *assignment epoch* is the group epoch for which the target was computed. A
/// *member epoch* is the assignment epoch that the member has reached: it does so when it has given
/// up all that its target lacks. A partition is given to no member as long as another has it or has
/// not confirmed that it gave it up (`PartitionOwners`), so at no time do two own it.
///
/// A value without clock and I/O. `row` and the rows in `roster` are what the tables keep; `settle`,
/// which ends every event, turns what has changed of them into `GroupChange`s. All else (deadlines,
/// what was looked up about topics) a restart begins anew.
package struct ConsumerGroup: CoordinatedGroup {
  /// `generation` is the group epoch.
  private(set) var row: GroupRow { didSet { isRowChanged = true } }
  var roster: ConsumerRoster
  private var target: ConsumerTarget
  private var isRowChanged = false
  /// The last one of whose refusal an event was made: it may ask again and again.
  private var lastRefusedID: String?

  /// The group epoch before anybody has joined: Kafka's, so that the first member is at 2.
  package static let initialEpoch: Int32 = 1

  /// A group that was not there before. There is nothing to write until a member joins.
  package init(name: String, epoch: Int32 = Self.initialEpoch) {
    row = GroupRow(name: name, type: .consumer, protocolType: "consumer", generation: epoch)
    roster = ConsumerRoster()
    target = ConsumerTarget()
  }

  /// Begins anew from what the tables hold: every member has a whole session and rebalance timeout.
  /// Rows that contradict each other, as only a person who edits the tables can make them, are
  /// corrected by the next event.
  package init(restoring stored: StoredGroup, settings: GroupSettings, at now: Instant) {
    row = stored.group
    roster = ConsumerRoster(restoring: stored.members, settings: settings, at: now)
    target = ConsumerTarget(of: roster.unordered)
    if row.generation > row.assignmentEpoch { target.begin(memberCount: roster.count, at: now) }
    isRowChanged = row.state != presentState
  }

  var name: String { row.name }
  package var state: GroupState { row.state }
  package var isEmpty: Bool { roster.isEmpty }
  package var memberCount: Int { roster.count }

  package var stored: StoredGroup {
    StoredGroup(group: row, members: roster.inJoinOrder.map(\.row))
  }

  package var description: ConsumerGroupDescription {
    ConsumerGroupDescription(
      state: row.state, groupEpoch: row.generation, assignmentEpoch: row.assignmentEpoch,
      assignor: row.protocolName ?? "", members: roster.inJoinOrder.map(\.row))
  }

  /// When to call `tick`; it may be early, never late.
  package var nextDeadline: Instant? { Instant.earlier(roster.earliestDeadline, target.due) }

  // MARK: The end of an event

  /// What has changed since the last event becomes changes of the tables.
  package mutating func settle(_ turn: inout Turn) {
    guard isRowChanged || roster.hasChanges else { return }
    let state = presentState
    if row.state != state { row.state = state }
    if isRowChanged { turn.change(.putGroup(row)) }
    isRowChanged = false
    let changes = roster.drainChanges()
    // Removals first: a static member's new row has the instance id of its old one.
    for id in changes.removed { turn.change(.removeMember(memberID: id, group: name)) }
    for row in changes.changed { turn.change(.putMember(row, group: name)) }
  }

  private var presentState: GroupState {
    if roster.isEmpty { return .empty }
    if row.generation > row.assignmentEpoch { return .assigning }
    let isStable = roster.unordered.allSatisfy { $0.isReconciled(at: row.assignmentEpoch) }
    return isStable ? .stable : .reconciling
  }

  /// The members are those of a classic group that this one takes the place of: all rows must be
  /// written.
  mutating func takeOver(_ turn: Turn) {
    for member in roster.inJoinOrder {
      guard let seat = roster.seat(of: member.id) else { continue }
      namePartitions(of: seat, turn)
    }
    isRowChanged = true
    roster.markAllChanged()
  }

  // MARK: Epochs

  /// Raises the group epoch: the target must be computed anew, at once or after the interval.
  /// `event` is what led to it.
  mutating func raiseEpoch(
    because reason: String, after event: GroupEvent? = nil, _ turn: inout Turn
  ) {
    row.beginGeneration()
    if var event {
      event.generation = row.generation
      turn.note(event)
    }
    turn.note(
      GroupEvent(group: name, kind: .rebalance, generation: row.generation, reason: reason))
    target.schedule(memberCount: roster.count, turn)
  }

  /// A member has come that subscribes to nothing. If it is alone, everything is assigned that there is
  /// to assign.
  mutating func admitWithoutSubscription() {
    if roster.count == 1, target.due == nil { row.assignmentEpoch = row.generation }
  }

  mutating func subscribe(_ seat: ConsumerRoster.Seat, to wanted: Subscription) {
    roster.subscribe(seat, to: wanted)
    guard let regex = wanted.regex, !roster.subscriptions.knows(regex: regex) else { return }
    // Matched when the topics are looked at, which happens in the same event.
    target.lookAgain()
  }

  /// Computes the target if it is time to, or makes it a matter of time: when it is for other shapes
  /// than the subscribed topics have now, the group epoch rises; when it is due anyway, it will be
  /// computed for the present ones.
  ///
  /// What a pattern matches changes only when topics come and go, and then the shapes differ too.
  mutating func aim(_ turn: inout Turn) {
    if target.sees(turn.topics) {
      roster.resolvePatterns(turn.topics)
      if row.generation == row.assignmentEpoch,
        !target.isFor(roster.subscriptions.shapes(turn.topics))
      {
        raiseEpoch(because: "topic metadata changed", &turn)
      }
    }
    if let due = target.due, due <= turn.now, !roster.isEmpty { assign(turn) }
  }

  private mutating func assign(_ turn: Turn) {
    let problem = AssignmentProblem(roster, topics: turn.topics)
    let assignor = roster.preferredAssignor(turn.settings)
    let targets = assignor.assign(problem)
    for (member, target) in zip(problem.members, targets) where target != member.target {
      guard let seat = roster.seat(of: member.id) else { continue }
      roster.update(seat) { $0.consumer.target = target }
    }
    row.assignmentEpoch = row.generation
    row.protocolName = assignor.name
    target.setComputed(for: problem.topics, at: turn.now)
  }

  /// Leads a member a step closer to its target. Returns whether it is assigned other partitions
  /// than before; they are written down by name then.
  mutating func reconcile(
    _ seat: ConsumerRoster.Seat, owned: [TopicID: Set<Int32>]?, _ turn: inout Turn
  ) -> Bool {
    guard !roster[seat].isReconciled(at: row.assignmentEpoch) else { return false }
    let step = ConsumerReconciliation(epoch: row.assignmentEpoch, owned: owned, now: turn.now)
    let isChanged = roster.exchange(seat) { step.advance(&$0, &$1) }
    guard isChanged else { return false }
    namePartitions(of: seat, turn)
    var assigned = event(.assigned, of: roster[seat])
    assigned.partitions = roster[seat].row.partitions
    turn.note(assigned)
    return true
  }

  /// Writes down by name what the member has.
  mutating func namePartitions(of seat: ConsumerRoster.Seat, _ turn: Turn) {
    let partitions = turn.topics.named(roster[seat].consumer.assigned)
    roster.update(seat) { $0.row.partitions = partitions }
  }

  mutating func prolongSession(of seat: ConsumerRoster.Seat, _ turn: Turn) {
    let timeout = roster[seat].sessionTimeout(turn.settings)
    roster.mark(seat) { $0.sessionDeadline = turn.now + timeout }
  }

  // MARK: How members go

  /// Timeouts that have run out; an assignment that was put off.
  package mutating func tick(_ turn: inout Turn) {
    for member in roster.due(at: turn.now) {
      guard let reason = member.presence.lateness(at: turn.now) else { continue }
      expel(
        member, event: event(.evicted, of: member, reason: reason),
        because: "member \(member.id): \(reason)", &turn)
    }
    if !roster.isEmpty { aim(&turn) }
  }

  mutating func expel(
    _ member: ConsumerMember, event: GroupEvent, because reason: String, _ turn: inout Turn
  ) {
    _ = roster.remove(member.id)
    if roster.isEmpty { target.forgetTopics() }
    // A group that becomes a classic one begins with a rebalance of that kind.
    if isDowngradeDue(turn.settings) { return turn.note(event) }
    raiseEpoch(because: reason, after: event, &turn)
    // To nobody everything is assigned that there is to assign.
    if roster.isEmpty { row.assignmentEpoch = row.generation }
  }

  /// Only members of the classic protocol are left, and the group may become a classic one.
  func isDowngradeDue(_ settings: GroupSettings) -> Bool {
    !roster.isEmpty && roster.classicCount == roster.count && roster.count <= settings.maxSize
      && settings.migrationPolicy.allowsDowngrade
  }

  // MARK: Events

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

  /// Refusals that tell of a member that lost its place are worth an event; mistakes of a client
  /// are not. One that asks again and again makes one event.
  mutating func note(
    _ refusal: HeartbeatRefusal, of request: ConsumerHeartbeat, _ turn: inout Turn
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
    turn.note(event)
  }

  /// The member is let in: should it be refused later, that is news again.
  mutating func forgetRefusal(of id: String) {
    if lastRefusedID == id { lastRefusedID = nil }
  }
}
