import ActaModel

// The round: from the first reason to share out anew until all who joined are answered.
extension ClassicGroup {
  /// Something happened that needs a round: begins one, or looks whether the present one is over.
  mutating func advance(because reason: String, turn: inout Turn) {
    if state == .preparingRebalance {
      completeRoundIfAllJoined(turn: &turn)
    } else {
      beginRound(because: reason, turn: &turn)
    }
  }

  private mutating func beginRound(because reason: String, turn: inout Turn) {
    let isFirst = state == .empty
    if state == .completingRebalance { refuseWaitingSyncs(turn: &turn) }
    row.state = .preparingRebalance
    turn.effects.events.append(event(.rebalance, reason: reason))
    let limit = turn.now + roster.largestRebalanceTimeout
    guard isFirst else {
      timer = .join(until: limit)
      return completeRoundIfAllJoined(turn: &turn)
    }
    let delay = turn.settings.initialRebalanceDelay
    guard delay > 0 else { return completeRound(turn: &turn) }
    timer = .initialDelay(until: min(turn.now + delay, limit), limit: limit, newMembers: false)
  }

  private mutating func refuseWaitingSyncs(turn: inout Turn) {
    for member in roster.inJoinOrder {
      guard let token = member.presence.sync else { continue }
      roster.mark(member.id) { presence in
        presence.sync = nil
        presence.lastContact = turn.now
      }
      turn.effects.syncs.append((token, SyncReply(error: .rebalanceInProgress)))
    }
  }

  /// The initial delay is over: waits again if members came in it.
  mutating func endInitialDelay(limit: Instant, newMembers: Bool, turn: inout Turn) {
    guard newMembers, turn.now < limit else { return completeRound(turn: &turn) }
    let until = min(turn.now + turn.settings.initialRebalanceDelay, limit)
    timer = .initialDelay(until: until, limit: limit, newMembers: false)
  }

  mutating func completeRoundIfAllJoined(turn: inout Turn) {
    guard state == .preparingRebalance, case .join = timer else { return }
    guard roster.awaitingJoinCount == roster.count, pending.isEmpty else { return }
    completeRound(turn: &turn)
  }

  /// Ends the round with those that have joined; static members stay in any case.
  mutating func completeRound(turn: inout Turn) {
    evictAbsent(turn: &turn)
    guard !roster.isEmpty else { return becomeEmpty(turn: &turn) }
    guard roster.awaitingJoinCount > 0 else {
      // Only static members, all of them away: there is nobody to lead a generation.
      timer = .join(until: turn.now + roster.largestRebalanceTimeout)
      return
    }
    let members = roster.inJoinOrder
    if !members.contains(where: { $0.id == row.leaderID && $0.presence.join != nil }) {
      row.leaderID = members.first { $0.presence.join != nil }?.id
    }
    row.generation += 1
    row.protocolName = roster.chosenProtocol()
    row.state = .completingRebalance
    timer = .sync(until: turn.now + roster.largestRebalanceTimeout)
    let count = members.count == 1 ? "1 member" : "\(members.count) members"
    let summary = "\(count), protocol \(row.protocolName ?? "")"
    turn.effects.events.append(event(.generation, reason: summary))
    for member in members { answer(member, turn: &turn) }
  }

  private mutating func evictAbsent(turn: inout Turn) {
    guard roster.awaitingJoinCount < roster.count else { return }
    let milliseconds = roster.largestRebalanceTimeout
    for member in roster.inJoinOrder
    where member.presence.join == nil && member.profile.instanceID == nil {
      evict(member, because: "did not rejoin within \(milliseconds) ms", turn: &turn)
    }
  }

  private mutating func becomeEmpty(turn: inout Turn) {
    row.generation += 1
    row.protocolName = nil
    row.leaderID = nil
    row.state = .empty
    timer = .none
    turn.effects.events.append(event(.generation, reason: "no members"))
  }

  /// Tells a member of the new generation. One that is away is not told, but owes its SyncGroup all
  /// the same.
  private mutating func answer(_ member: ClassicMember, turn: inout Turn) {
    let token = member.presence.join
    roster.mark(member.id) { presence in
      presence.owesSync = true
      guard token != nil else { return }
      presence.join = nil
      presence.isNew = false
      presence.lastContact = turn.now
    }
    if let token { turn.effects.joins.append((token, currentReply(to: member.id))) }
  }
}
