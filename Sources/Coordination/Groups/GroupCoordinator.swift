package import ActaModel

/// All groups of the broker by name: what they are asked, what they keep, and when they must be
/// looked at.
///
/// It routes each request to the group's state machine (`ClassicGroup` or `ConsumerGroup`), makes
/// groups when a first member or a first offset comes, and removes them. It knows no wire versions,
/// no clock and no tables: when it is, which topics there are and what the configuration says comes
/// with the `Turn`, into whose effects goes what must be written.
///
/// A group id that is empty or has a zero byte in it is INVALID_GROUP_ID. Only a commit without
/// generation may be for the group "", as in Kafka, where the first consumers had no other.
/// Where there are `maxGroups` already, what would make one more is answered POLICY_VIOLATION:
/// there is no code for it in Kafka, and this one is neither retried nor taken for a full group.
/// Where the members of all groups say `maxMetadataBytes` of themselves, one that says more than
/// 16 KiB is GROUP_MAX_SIZE_REACHED.
package struct GroupCoordinator: Sendable {
  var directory = GroupDirectory()

  package init() {}

  /// Takes what the tables hold. With `keepingEqual`, a group whose rows say what it is already keeps
  /// its waiting requests and deadlines; all others begin anew, and requests that waited in them are
  /// answered COORDINATOR_NOT_AVAILABLE.
  package mutating func restore(
    _ groups: [StoredGroup], keepingEqual: Bool, _ turn: inout Turn
  ) {
    let former = directory
    var kept: Set<ExactText> = []
    directory = GroupDirectory()
    for stored in groups {
      let name = stored.group.name
      switch stored.group.type {
      case .classic:
        if keepingEqual, let same = former.classic[name], same.stored == stored {
          kept.insert(ExactText(name))
          directory.adopt(same)
        } else {
          directory.adopt(ClassicGroup(restoring: stored, at: turn.now))
        }
      case .consumer:
        if keepingEqual, let same = former.consumer[name], same.stored == stored {
          directory.adopt(same)
        } else {
          directory.adopt(
            ConsumerGroup(
              restoring: stored, settings: turn.settings.own(of: name) ?? turn.settings,
              at: turn.now))
        }
      }
    }
    for group in former.classic.groups where !kept.contains(ExactText(group.name)) {
      group.round.dismissAll(with: .coordinatorNotAvailable, &turn)
    }
  }

  // MARK: Time

  /// When to call `tick` next, if nothing else happens before; it may be early, never late.
  package var nextDeadline: Instant? { directory.nextDeadline }

  package mutating func tick(_ turn: inout Turn) {
    for name in directory.popDue(at: turn.now) {
      let isClassic: Void? = directory.withClassic(name, &turn) { $0.tick(&$1) }
      if isClassic == nil { withConsumer(name, &turn) { $0.tick(&$1) } }
    }
  }

  // MARK: What administrators ask

  /// In no order.
  package var groupIDs: [String] {
    directory.classic.groups.map(\.name) + directory.consumer.groups.map(\.name)
  }

  /// Sorted by group id.
  package func list() -> [GroupListing] {
    groupIDs.compactMap { listing(of: $0) }.sorted { $0.groupID < $1.groupID }
  }

  package func listing(of groupID: String) -> GroupListing? {
    if let group = directory.classic[groupID] {
      return GroupListing(
        groupID: group.name, protocolType: group.row.protocolType ?? "", state: group.state,
        type: .classic)
    }
    guard let group = directory.consumer[groupID] else { return nil }
    return GroupListing(
      groupID: group.name, protocolType: "consumer", state: group.state, type: .consumer)
  }

  /// `nil`: no such group, or one of the other type.
  package func describeClassic(_ groupID: String) -> ClassicGroupDescription? {
    directory.classic[groupID]?.description
  }

  package func describeConsumer(_ groupID: String) -> ConsumerGroupDescription? {
    directory.consumer[groupID]?.description
  }

  /// Everything the tables should hold now, for the check that they do; sorted by group id.
  package var stored: [StoredGroup] {
    directory.stored.sorted { $0.group.name < $1.group.name }
  }

  // MARK: Routing

  /// Lets a consumer group see an event; `nil` if there is none of this name. It becomes a classic
  /// group if that leaves no other members.
  @discardableResult
  mutating func withConsumer<Result>(
    _ name: String, _ turn: inout Turn, _ event: (inout ConsumerGroup, inout Turn) -> Result
  ) -> Result? {
    let seen = directory.withConsumer(name, &turn) { group, turn in
      (result: event(&group, &turn), isDowngradeDue: group.isDowngradeDue(turn.settings))
    }
    if seen?.isDowngradeDue == true { downgrade(name, &turn) }
    return seen?.result
  }

  static func isLegal(_ groupID: String) -> Bool {
    !groupID.isEmpty && !groupID.utf8.contains(0)
  }

  /// What a member is answered whose group is not there.
  func absence(of groupID: String) -> ErrorCode {
    Self.isLegal(groupID) ? .unknownMemberID : .invalidGroupID
  }
}
