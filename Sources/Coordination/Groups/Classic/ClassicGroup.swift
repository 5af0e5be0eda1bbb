import ActaModel

/// A group whose members share out the work themselves: JoinGroup, SyncGroup, Heartbeat and
/// LeaveGroup (KafkaWire/PROTOCOL.md §11). Also a group that only has offsets.
///
/// It says who is let in, and as whom; what comes of it is `ClassicRound`'s. There is no state Dead:
/// a group that is removed is no longer there.
///
/// Where Kafka leaves a choice, or is unkind:
/// - A JoinGroup or SyncGroup that is sent again while the first still waits takes its place; the
///   first is answered REBALANCE_IN_PROGRESS, after which a client that does read it tries again as
///   the same member. (Kafka never answers it.)
/// - A static member that comes back is let in even if the group is full: it makes it no larger.
/// - When a round is cut short, assignments stay in the rows until the next generation's replace
///   them, so that people see who had what; no member is answered with them.
/// - What a member says of itself, and what it is assigned, is at most 1 MiB each; a request with
///   more is refused with INVALID_REQUEST and changes nothing.
struct ClassicGroup: CoordinatedGroup {
  var round: ClassicRound
  /// The last one of whose fencing an event was made: it may ask again and again.
  private var lastFencedID: String?

  /// A group that was not there before. `generation` is where a group of the other type stood that
  /// this one takes the place of.
  init(name: String, generation: Int32 = 0) {
    round = ClassicRound(GroupRow(name: name, generation: generation))
  }

  init(restoring stored: StoredGroup, at now: Instant) {
    round = ClassicRound(restoring: stored, at: now)
  }

  init(downgrading stored: StoredGroup, at now: Instant) {
    round = ClassicRound(downgrading: stored, at: now)
  }

  var row: GroupRow { round.row }
  var roster: ClassicRoster { round.roster }
  var name: String { round.row.name }
  var state: GroupState { round.row.state }
  /// A group without members that has nothing to wait for: one of the other type may take its place.
  var isEmpty: Bool { state == .empty }
  /// Neither members nor any who may soon be.
  var isUnused: Bool { isEmpty && round.roster.pending.isEmpty }
  var isConsumerType: Bool { round.row.protocolType == "consumer" }
  /// What its members say of themselves, and what they are assigned.
  var byteCount: Int { round.roster.byteCount }

  var stored: StoredGroup {
    StoredGroup(
      group: row,
      members: roster.inJoinOrder.map { MemberRow($0.profile, protocolType: row.protocolType) })
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

  func event(_ kind: GroupEvent.Kind, reason: String? = nil) -> GroupEvent {
    round.event(kind, reason: reason)
  }

  // MARK: What every group does

  /// When `tick` is due; it may be early, never late.
  var nextDeadline: Instant? { round.nextDeadline }

  mutating func tick(_ turn: inout Turn) { round.tick(&turn) }

  /// What has changed since the last event becomes changes of the tables.
  mutating func settle(_ turn: inout Turn) { round.settle(&turn) }

  // MARK: Who a request is from

  /// Whether a request comes from a present member. One that names an instance id which is
  /// another's now is the older of two twins (KIP-345).
  mutating func memberObjection(
    _ id: String, instanceID: String?, orPending: Bool = false, _ turn: inout Turn
  ) -> ErrorCode? {
    guard let instanceID else {
      let isKnown =
        round.roster.contains(id) || orPending && round.roster.pending.contains(id)
      return isKnown ? nil : .unknownMemberID
    }
    guard let present = round.roster.id(ofInstance: instanceID) else { return .unknownMemberID }
    if present == id { return nil }
    if lastFencedID != id {
      lastFencedID = id
      var fenced = event(.fenced, reason: "\(present) has its instance id")
      fenced.memberID = id
      fenced.instanceID = instanceID
      turn.note(fenced)
    }
    return .fencedInstanceID
  }
}
