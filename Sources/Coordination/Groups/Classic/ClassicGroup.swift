import ActaModel

/// A group whose members share out the work themselves: JoinGroup, SyncGroup, Heartbeat and
/// LeaveGroup (KafkaWire/PROTOCOL.md §11). Also a group that only has offsets.
///
/// A group goes round: a member that joins, leaves or is lost starts a *round* (PreparingRebalance)
/// in which all members send JoinGroup and wait. When the round ends there is a new generation with
/// a leader, and all are answered (CompletingRebalance). The members send SyncGroup and wait, until
/// the leader's brings what each is to have (Stable).
///
/// There is no state Dead: a group that is removed is no longer there.
///
/// What it knows is of two kinds. `row` and the profiles in `roster` are what the tables keep;
/// changes of them are noticed where they are stored, and `settle` turns them into `GroupChange`s.
/// All else (requests that wait, ids that were given out, deadlines) a restart begins anew.
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
struct ClassicGroup: Sendable {
  var row: GroupRow { didSet { isRowChanged = true } }
  var roster: ClassicRoster
  var pending = PendingMembers()
  var timer = Timer.none
  private var isRowChanged = false
  /// The last one of whose fencing an event was made: it may ask again and again.
  var lastFencedID: String?

  /// What ends the phase that the group is in, if its members do not.
  enum Timer: Sendable {
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

  /// A group that was not there before. `generation` is where a group of the other type stood that
  /// this one takes the place of.
  init(name: String, protocolType: String? = nil, generation: Int32 = 0) {
    row = GroupRow(name: name, protocolType: protocolType, generation: generation)
    roster = ClassicRoster()
    isRowChanged = true
  }

  /// Begins anew from what the tables hold: every member has a whole session timeout, and a phase
  /// that was cut off its whole time.
  init(restoring stored: StoredGroup, at now: Instant) {
    row = stored.group
    roster = ClassicRoster(restoring: stored.members.map(ClassicMember.Profile.init), at: now)
    switch row.state {
    case .empty, .stable: break
    case .completingRebalance:
      for member in roster.inJoinOrder { roster.mark(member.id) { $0.owesSync = true } }
      timer = .sync(until: now + roster.largestRebalanceTimeout)
    case .preparingRebalance:
      timer = .join(until: now + roster.largestRebalanceTimeout)
    case .dead, .assigning, .reconciling:
      // No group of this type is stored so; somebody else has written this row.
      row.state = roster.isEmpty ? .empty : .preparingRebalance
      timer = .join(until: now + roster.largestRebalanceTimeout)
    }
  }

  var name: String { row.name }
  var state: GroupState { row.state }
  /// A group without members that has nothing to wait for: one of the other type may take its place.
  var isEmpty: Bool { row.state == .empty }
  /// Neither members nor anyone who may soon be one.
  var isUnused: Bool { isEmpty && pending.isEmpty }
  var isConsumerType: Bool { row.protocolType == "consumer" }

  /// When `tick` is due; it may be early, never late.
  var nextDeadline: Instant? {
    Instant.earlier(
      Instant.earlier(roster.earliestDeadline, pending.earliestDeadline), timer.deadline)
  }

  /// Whether the row has changed since the last call.
  mutating func takeRowChange() -> Bool {
    defer { isRowChanged = false }
    return isRowChanged
  }
}
