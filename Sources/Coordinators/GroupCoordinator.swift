import ActaModel

package struct GroupCoordinator: Sendable {
  package let settings: GroupSettings

  package init(settings: GroupSettings) { self.settings = settings }

  /// Takes what the tables hold. With `keepingEqual`, a group whose rows say what it is already keeps its
  /// waiting requests and deadlines; all others begin anew, and requests that waited in them are
  /// answered COORDINATOR_NOT_AVAILABLE.
  package mutating func restore(
    _ groups: [StoredGroup], keepingEqual: Bool, at now: Instant
  ) -> Effects { fatalError("skeleton") }

  // MARK: Classic members

  /// Answered through the effects, at once or by a later event.
  package mutating func join(
    _ request: JoinRequest, token: ReplyToken, topics: some TopicLookup, at now: Instant
  ) -> Effects { fatalError("skeleton") }

  package mutating func sync(
    _ request: SyncRequest, token: ReplyToken, at now: Instant
  ) -> Effects { fatalError("skeleton") }

  package mutating func heartbeat(
    _ request: HeartbeatRequest, at now: Instant
  ) -> (error: ErrorCode, effects: Effects) { fatalError("skeleton") }

  /// One error per member. An empty group id or an unknown group is the same error for each.
  package mutating func leave(
    groupID: String, members: [LeavingMember], topics: some TopicLookup, at now: Instant
  ) -> (errors: [ErrorCode], effects: Effects) { fatalError("skeleton") }

  // MARK: Consumer members

  package mutating func heartbeat(
    _ request: ConsumerHeartbeat, topics: some TopicLookup, at now: Instant
  ) -> (reply: ConsumerHeartbeatReply, effects: Effects) { fatalError("skeleton") }

  // MARK: Offsets

  /// Prolongs the member's session; makes the group if it is one that only has offsets.
  package mutating func admitCommit(
    _ request: CommitRequest, at now: Instant
  ) -> (permit: Result<CommitPermit, CommitRefusal>, effects: Effects) { fatalError("skeleton") }

  package func admitFetch(groupID: String, memberID: String?, epoch: Int32) -> ErrorCode {
    fatalError("skeleton")
  }

  /// OffsetDelete: what is answered for the whole group, and for a topic that members subscribe to.
  package func admitOffsetDelete(groupID: String) -> ErrorCode { fatalError("skeleton") }
  package func isSubscribed(_ groupID: String, to topic: String) -> Bool { fatalError("skeleton") }

  package func offsetExpiry(of groupID: String) -> OffsetExpiry { fatalError("skeleton") }
  /// Removes a group that has no members, and no offsets, as the caller has found.
  package mutating func removeIfUnused(_ groupID: String) -> Effects { fatalError("skeleton") }

  // MARK: Administration

  /// Sorted by group id.
  package func list() -> [GroupListing] { fatalError("skeleton") }
  /// `nil`: no such group, or one of the other type.
  package func describeClassic(_ groupID: String) -> ClassicGroupDescription? {
    fatalError("skeleton")
  }
  package func describeConsumer(_ groupID: String) -> ConsumerGroupDescription? {
    fatalError("skeleton")
  }
  package mutating func delete(_ groupID: String) -> (error: ErrorCode, effects: Effects) {
    fatalError("skeleton")
  }

  // MARK: Time

  /// When to call `tick` next, if nothing else happens before; it may be early, never late.
  package var nextDeadline: Instant? { fatalError("skeleton") }
  package mutating func tick(topics: some TopicLookup, at now: Instant) -> Effects {
    fatalError("skeleton")
  }

  /// Everything the tables should hold now, for the check that they do.
  package var stored: [StoredGroup] { fatalError("skeleton") }
}
