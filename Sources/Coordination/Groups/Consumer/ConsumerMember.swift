import ActaModel

/// A member of a consumer group: its row, and what a restart begins anew.
struct ConsumerMember: Sendable {
  /// `consumer` is always set.
  var row: MemberRow
  /// The same as in the row, shared with the members that have it too.
  var subscription = Subscription(names: [], regex: nil)
  var sessionDeadline: Instant
  /// By when it must have given up what it was told to; set in `unrevokedPartitions`. A member of
  /// the classic protocol has the next two in its place.
  var rebalanceDeadline: Instant?
  /// By when a member that was told to join again must have done so.
  var joinDeadline: Instant?
  /// By when a member that has joined must have sent its SyncGroup.
  var syncDeadline: Instant?

  init(row: MemberRow, sessionDeadline: Instant) {
    precondition(row.consumer != nil, "a member of a consumer group has a consumer part")
    self.row = row
    self.sessionDeadline = sessionDeadline
  }

  /// The epoch of a static member that has left for a while.
  static let awayEpoch: Int32 = -2

  var id: String { row.memberID }
  var isAway: Bool { consumer.epoch == Self.awayEpoch }

  var consumer: MemberRow.ConsumerPart {
    get { row.consumer! }
    _modify { yield &row.consumer! }
  }

  func isFrom(_ client: ClientIdentity) -> Bool {
    row.clientID == client.clientID && row.clientHost == client.clientHost
      && row.attribution == client.attribution
  }

  /// Keeps what the epoch was: a member that did not get the answer still names it. A step that
  /// leaves the epoch as it is ends that leniency, so that a request from before the step cannot be
  /// taken for a confirmation of it.
  mutating func move(to state: MemberRow.ConsumerPart.State, epoch: Int32) {
    consumer.previousEpoch = consumer.epoch
    consumer.epoch = epoch
    consumer.state = state
  }
}

/// Topic names, sorted and each once, and a pattern.
struct Subscription: Hashable, Sendable {
  let names: [String]
  let regex: String?
}
