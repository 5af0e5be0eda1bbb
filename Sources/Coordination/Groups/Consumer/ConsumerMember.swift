import ActaModel

/// A member of a consumer group.
struct ConsumerMember: Sendable {
  /// What the tables keep; `consumer` is always set.
  var row: MemberRow
  /// What a restart begins anew.
  var presence: Presence
  /// The same as in the row, shared with the members that have it too.
  var subscription: Subscription

  init(row: MemberRow, presence: Presence) {
    guard let part = row.consumer else {
      preconditionFailure("a member of a consumer group has a consumer part")
    }
    self.row = row
    self.presence = presence
    subscription = Subscription(names: part.subscribedTopics, regex: part.subscribedRegex)
  }

  /// The epoch of a static member that has left for a while.
  static let awayEpoch: Int32 = -2

  var id: String { row.memberID }
  var isAway: Bool { consumer.epoch == Self.awayEpoch }
  /// It speaks the classic protocol.
  var isClassic: Bool { row.classic != nil }

  var consumer: MemberRow.ConsumerPart {
    get { row.consumer! }
    _modify { yield &row.consumer! }
  }

  /// When the member counts as gone, or as too slow.
  var deadline: Instant { presence.earliestDeadline }

  func isFrom(_ client: ClientIdentity) -> Bool {
    row.clientID == client.clientID && row.clientHost == client.clientHost
      && row.attribution == client.attribution
  }

  /// The broker's present setting, and not what it was when the member joined. A member of the
  /// classic protocol chooses for itself.
  func sessionTimeout(_ settings: GroupSettings) -> Int32 {
    isClassic ? row.sessionTimeoutMilliseconds : settings.consumerSessionTimeout
  }

  /// Keeps what the epoch was: a member that did not get the answer still names it. A step that
  /// leaves the epoch as it is ends that leniency, so that a request from before the step cannot be
  /// taken for a confirmation of it.
  mutating func move(to state: MemberRow.ConsumerPart.State, epoch: Int32) {
    consumer.previousEpoch = consumer.epoch
    consumer.epoch = epoch
    consumer.state = state
  }

  /// The member says that it has nothing. It keeps its target, of which it gets at once what is
  /// free: all that it had, but as of now, so that commits of its former life do not count.
  mutating func startOver() {
    consumer.assigned = [:]
    consumer.revoking = [:]
    consumer.state = .stable
    consumer.epoch = 0
    consumer.previousEpoch = 0
    presence.rebalanceDeadline = nil
  }

  /// Deadlines. A member of the consumer protocol has the first two, one of the classic protocol
  /// the first and one of the last two.
  struct Presence: Sendable {
    var sessionDeadline: Instant
    /// By when it must have given up what it was told to; set in `unrevokedPartitions`.
    var rebalanceDeadline: Instant?
    /// By when a member that was told to join again must have done so.
    var joinDeadline: Instant?
    /// By when a member that has joined must have sent its SyncGroup.
    var syncDeadline: Instant?

    init(sessionDeadline: Instant) { self.sessionDeadline = sessionDeadline }

    var earliestDeadline: Instant {
      var earliest = sessionDeadline
      if let rebalanceDeadline { earliest = min(earliest, rebalanceDeadline) }
      if let joinDeadline { earliest = min(earliest, joinDeadline) }
      if let syncDeadline { earliest = min(earliest, syncDeadline) }
      return earliest
    }

    /// What the member has not done in time, as a phrase.
    func lateness(at now: Instant) -> String? {
      if sessionDeadline <= now { return "session timed out" }
      if let rebalanceDeadline, rebalanceDeadline <= now {
        return "did not give up its partitions in time"
      }
      if let joinDeadline, joinDeadline <= now { return "did not join again in time" }
      if let syncDeadline, syncDeadline <= now { return "did not send SyncGroup in time" }
      return nil
    }
  }
}

/// Topic names, sorted and each once, and a pattern.
struct Subscription: Hashable, Sendable {
  let names: [String]
  let regex: String?
}
