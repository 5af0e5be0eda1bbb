import ActaModel

/// A member of a classic group.
struct ClassicMember: Sendable {
  /// What the tables keep.
  var profile: Profile
  /// What a restart begins anew.
  var presence: Presence

  var id: String { profile.id }

  /// When the member counts as gone; `nil` while it waits for an answer, because then it cannot
  /// send heartbeats.
  var deadline: Instant? {
    if presence.join != nil {
      return presence.isNew ? presence.lastContact + Self.newMemberTimeout : nil
    }
    if presence.sync != nil { return nil }
    return presence.lastContact + profile.sessionTimeoutMilliseconds
  }

  /// How long a new member may wait in JoinGroup. Its client may have gone away and come again under
  /// another id, and it would otherwise be counted for as long as the round lasts.
  static let newMemberTimeout: Int64 = 300_000

  /// What the member has not done in time, as a phrase.
  var lateness: String {
    presence.join == nil
      ? "session timed out after \(profile.sessionTimeoutMilliseconds) ms"
      : "waited \(Self.newMemberTimeout) ms in JoinGroup"
  }

  struct Profile: Equatable, Sendable {
    var id: String
    var instanceID: String?
    var client: ClientIdentity
    var sessionTimeoutMilliseconds: Int32
    var rebalanceTimeoutMilliseconds: Int32
    var joinOrder: Int64
    /// In the member's order of preference.
    var protocols: [GroupProtocol]
    /// Of the last generation that got one; only handed out while the group is stable.
    var assignment: [UInt8] = []

    var byteCount: Int { protocols.byteCount + assignment.count }

    func metadata(under protocolName: String?) -> [UInt8]? {
      protocols.first { $0.name == protocolName }?.metadata
    }
  }

  struct Presence: Sendable {
    /// When the member was last heard of, or answered.
    var lastContact: Instant
    /// It has not been answered since it joined.
    var isNew = false
    /// The JoinGroup that waits for the end of the round.
    var join: ReplyToken?
    /// The SyncGroup that waits for the leader's.
    var sync: ReplyToken?
    /// It was told of the present generation and has not sent its SyncGroup.
    var owesSync = false
  }
}

extension [GroupProtocol] {
  /// Counts something for each protocol, as memory does.
  var byteCount: Int { reduce(0) { $0 + $1.name.utf8.count + $1.metadata.count + 32 } }
}

extension ClassicMember.Profile {
  /// A member that joins; `joinOrder` is given by the roster.
  init(_ request: JoinRequest, id: String) {
    self.id = id
    instanceID = request.instanceID
    client = request.client
    sessionTimeoutMilliseconds = request.sessionTimeoutMilliseconds
    rebalanceTimeoutMilliseconds = max(1, request.rebalanceTimeoutMilliseconds)
    joinOrder = 0
    protocols = request.protocols
  }

  /// What a member says anew each time it joins.
  mutating func take(_ request: JoinRequest) {
    client = request.client
    sessionTimeoutMilliseconds = request.sessionTimeoutMilliseconds
    rebalanceTimeoutMilliseconds = max(1, request.rebalanceTimeoutMilliseconds)
    protocols = request.protocols
  }
}

// MARK: - Rows

extension ClassicMember.Profile {
  init(_ row: MemberRow) {
    self.init(
      id: row.memberID, instanceID: row.instanceID,
      client: ClientIdentity(
        clientID: row.clientID, clientHost: row.clientHost, attribution: row.attribution),
      sessionTimeoutMilliseconds: row.sessionTimeoutMilliseconds,
      rebalanceTimeoutMilliseconds: row.rebalanceTimeoutMilliseconds, joinOrder: row.joinOrder,
      protocols: row.classic?.protocols ?? [], assignment: row.classic?.assignment ?? [])
  }

  /// What an assignment says, if it is a consumer's and can be read.
  static func partitions(
    in assignment: [UInt8], protocolType: String?
  ) -> [TopicPartition]? {
    guard protocolType == "consumer" else { return nil }
    return assignment.isEmpty ? [] : ConsumerAssignment.partitions(in: assignment)
  }
}

extension MemberRow {
  /// - Parameter protocolType: The group's.
  init(_ profile: ClassicMember.Profile, protocolType: String?) {
    self.init(
      memberID: profile.id, instanceID: profile.instanceID, clientID: profile.client.clientID,
      clientHost: profile.client.clientHost, attribution: profile.client.attribution,
      sessionTimeoutMilliseconds: profile.sessionTimeoutMilliseconds,
      rebalanceTimeoutMilliseconds: profile.rebalanceTimeoutMilliseconds,
      joinOrder: profile.joinOrder,
      classic: .init(protocols: profile.protocols, assignment: profile.assignment),
      partitions: ClassicMember.Profile.partitions(
        in: profile.assignment, protocolType: protocolType) ?? [])
  }
}
