import ActaModel

/// The way in which a classic group goes round: from the first reason to share out anew, until all
/// who joined are in a new generation and have what its leader gives them.
///
/// A round begins (PreparingRebalance) when a member joins, leaves or is lost: all members must send
/// JoinGroup, and wait. It ends when they have, or when their time is over: there is a generation
/// with a leader, and all are answered (CompletingRebalance). They send SyncGroup and wait, until
/// the leader's brings what each is to have (Stable). Without members the group is Empty.
///
/// `row` and the profiles in `roster` are what the tables keep; changes of them are noticed where
/// they are stored. The requests that wait in the roster, and the timer, a restart begins anew.
struct ClassicRound: Sendable {
  var row: GroupRow { didSet { isRowChanged = true } }
  var roster: ClassicRoster
  private var timer = Timer.none
  private var isRowChanged = false

  /// What ends the phase that the group is in, if its members do not.
  private enum Timer: Sendable {
    case none
    /// The first round of an empty group waits for more members, again if some came, and at most
    /// until `limit`.
    case initialDelay(until: Instant, limit: Instant, newMembers: Bool)
    /// The round ends without those that have not joined.
    case join(until: Instant)
    /// Members that have not sent SyncGroup are removed.
    case sync(until: Instant)

    var deadline: Instant? {
      switch self {
      case .none: nil
      case .initialDelay(let until, _, _), .join(let until), .sync(let until): until
      }
    }
  }

  /// A group that was not there before.
  init(_ row: GroupRow) {
    self.row = row
    roster = ClassicRoster()
    isRowChanged = true
  }

  /// Begins anew from what the tables hold: every member has a whole session timeout, and a phase
  /// that was cut off its whole time.
  init(restoring stored: StoredGroup, at now: Instant) {
    row = stored.group
    roster = ClassicRoster(restoring: stored.members.map(ClassicMember.Profile.init), at: now)
    let limit = now + roster.largestRebalanceTimeout
    switch row.state {
    case .empty, .stable: break
    case .completingRebalance:
      for member in roster.inJoinOrder { roster.mark(member.id) { $0.owesSync = true } }
      timer = .sync(until: limit)
    case .preparingRebalance:
      timer = .join(until: limit)
    case .dead, .assigning, .reconciling:
      // No group of this type is stored so; a person who edits the tables has written this row.
      row.state = roster.isEmpty ? .empty : .preparingRebalance
      timer = .join(until: limit)
    }
  }

  /// A consumer group goes on as a classic one, in which all members must join again. Its rows are
  /// all new, and are written whole by the coordinator.
  init(downgrading stored: StoredGroup, at now: Instant) {
    self.init(restoring: stored, at: now)
    row.protocolName = roster.chosenProtocol()
    isRowChanged = false
  }

  var state: GroupState { row.state }

  /// When `tick` is due; it may be early, never late.
  var nextDeadline: Instant? { Instant.earlier(roster.earliestDeadline, timer.deadline) }

  // MARK: What has changed

  /// Ends an event: what has changed since the last becomes changes of the tables.
  mutating func settle(_ turn: inout Turn) {
    if isRowChanged { turn.change(.putGroup(row)) }
    isRowChanged = false
    guard let changes = roster.drainChanges() else { return }
    // Removals first: a static member's new row has the instance id of its old one.
    for id in changes.removed { turn.change(.removeMember(memberID: id, group: row.name)) }
    for profile in changes.changed {
      turn.change(.putMember(MemberRow(profile, protocolType: row.protocolType), group: row.name))
    }
  }

  func event(
    _ kind: GroupEvent.Kind, of member: ClassicMember.Profile? = nil, reason: String? = nil,
    partitions: [TopicPartition]? = nil
  ) -> GroupEvent {
    GroupEvent(
      group: row.name, kind: kind, generation: row.generation, memberID: member?.id,
      instanceID: member?.instanceID, clientID: member?.client.clientID,
      clientHost: member?.client.clientHost,
      attribution: member?.client.attribution ?? Attribution(), reason: reason,
      partitions: partitions)
  }

  // MARK: Beginning

  /// Something happened that needs a round: begins one, or looks whether the present one is over.
  mutating func advance(because reason: String, _ turn: inout Turn) {
    if state == .preparingRebalance {
      endIfAllJoined(&turn)
    } else {
      begin(because: reason, &turn)
    }
  }

  /// Members have gone: those that are left share out anew.
  mutating func lose(because reason: String, _ turn: inout Turn) {
    guard state != .empty else { return }
    advance(because: reason, &turn)
  }

  private mutating func begin(because reason: String, _ turn: inout Turn) {
    let isFirst = state == .empty
    if state == .completingRebalance { refuseWaitingSyncs(&turn) }
    row.state = .preparingRebalance
    turn.note(event(.rebalance, reason: reason))
    let limit = turn.now + roster.largestRebalanceTimeout
    guard isFirst else {
      timer = .join(until: limit)
      return endIfAllJoined(&turn)
    }
    let delay = turn.settings.initialRebalanceDelay
    guard delay > 0 else { return end(&turn) }
    timer = .initialDelay(until: min(turn.now + delay, limit), limit: limit, newMembers: false)
  }

  private mutating func refuseWaitingSyncs(_ turn: inout Turn) {
    for member in roster.inJoinOrder {
      guard let token = member.presence.sync else { continue }
      roster.mark(member.id) { presence in
        presence.sync = nil
        presence.lastContact = turn.now
      }
      turn.refuse(sync: token, .rebalanceInProgress)
    }
  }

  /// Another member is there: an initial delay lasts longer.
  mutating func prolongInitialDelay() {
    guard case .initialDelay(let until, let limit, _) = timer else { return }
    timer = .initialDelay(until: until, limit: limit, newMembers: true)
  }

  // MARK: Ending

  mutating func endIfAllJoined(_ turn: inout Turn) {
    guard state == .preparingRebalance, case .join = timer, roster.haveAllJoined else { return }
    end(&turn)
  }

  /// Ends the round with those that have joined; static members stay in any case.
  private mutating func end(_ turn: inout Turn) {
    evictAbsent(&turn)
    let members = roster.inJoinOrder
    guard !members.isEmpty else { return becomeEmpty(&turn) }
    guard let first = members.first(where: { $0.presence.join != nil }) else {
      // Only static members, all of them away: none is there to lead a generation.
      timer = .join(until: turn.now + roster.largestRebalanceTimeout)
      return
    }
    if !members.contains(where: { $0.id == row.leaderID && $0.presence.join != nil }) {
      row.leaderID = first.id
    }
    row.beginGeneration()
    row.protocolName = roster.chosenProtocol()
    row.state = .completingRebalance
    timer = .sync(until: turn.now + roster.largestRebalanceTimeout)
    let count = members.count == 1 ? "1 member" : "\(members.count) members"
    let summary = "\(count), protocol \(row.protocolName ?? "")"
    turn.note(event(.generation, reason: summary))
    for member in members { tell(member, &turn) }
  }

  private mutating func evictAbsent(_ turn: inout Turn) {
    let milliseconds = roster.largestRebalanceTimeout
    for member in roster.inJoinOrder
    where member.presence.join == nil && member.profile.instanceID == nil {
      evict(member, because: "did not rejoin within \(milliseconds) ms", &turn)
    }
  }

  private mutating func becomeEmpty(_ turn: inout Turn) {
    row.beginGeneration()
    row.protocolName = nil
    row.leaderID = nil
    row.state = .empty
    timer = .none
    turn.note(event(.generation, reason: "no members"))
  }

  /// Tells a member of the new generation. One that is away is not told, but owes its SyncGroup all
  /// the same.
  private mutating func tell(_ member: ClassicMember, _ turn: inout Turn) {
    let token = member.presence.join
    roster.mark(member.id) { presence in
      presence.owesSync = true
      guard token != nil else { return }
      presence.join = nil
      presence.isNew = false
      presence.lastContact = turn.now
    }
    if let token { turn.answer(token, currentReply(to: member.id)) }
  }

  // MARK: Time

  /// Whatever is due by now.
  mutating func tick(_ turn: inout Turn) {
    if roster.pending.expire(at: turn.now) { endIfAllJoined(&turn) }
    evictLate(&turn)
    guard let deadline = timer.deadline, deadline <= turn.now else { return }
    switch timer {
    case .none: break
    case .initialDelay(_, let limit, let newMembers):
      endInitialDelay(limit: limit, newMembers: newMembers, &turn)
    case .join: end(&turn)
    case .sync: evictUnsynced(&turn)
    }
  }

  private mutating func evictLate(_ turn: inout Turn) {
    let late = roster.due(at: turn.now)
    for member in late { evict(member, because: member.lateness, &turn) }
    guard let first = late.first else { return }
    lose(because: Phrase.ofFirst("\(first.id) timed out", of: late.count), &turn)
  }

  /// The initial delay is over: waits again if members came in it.
  private mutating func endInitialDelay(limit: Instant, newMembers: Bool, _ turn: inout Turn) {
    guard newMembers, turn.now < limit else { return end(&turn) }
    let until = min(turn.now + turn.settings.initialRebalanceDelay, limit)
    timer = .initialDelay(until: until, limit: limit, newMembers: false)
  }

  /// The sync timer stays when the group becomes stable: a member that has not asked for its
  /// assignment by then is gone.
  private mutating func evictUnsynced(_ turn: inout Turn) {
    timer = .none
    let milliseconds = roster.largestRebalanceTimeout
    let late = roster.inJoinOrder.filter(\.presence.owesSync)
    for member in late {
      evict(member, because: "did not send SyncGroup within \(milliseconds) ms", &turn)
    }
    if let first = late.first { lose(because: "\(first.id) did not send SyncGroup", &turn) }
  }
}
