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

  /// How long a new member may wait in JoinGroup. It may have gone away, come again as somebody
  /// else, and would otherwise be counted for as long as the round lasts.
  static let newMemberTimeout: Int64 = 300_000

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
