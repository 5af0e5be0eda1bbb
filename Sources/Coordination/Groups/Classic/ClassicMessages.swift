package import ActaModel

// What members of classic groups ask and are answered, without their wire versions: the caller
// translates, and says in words (`isMemberIDRequired`) what a version implies.

package struct JoinRequest: Sendable {
  package var groupID: String
  package var memberID: String
  package var instanceID: String?
  package var client: ClientIdentity
  package var sessionTimeoutMilliseconds: Int32
  /// The session timeout when the version has none.
  package var rebalanceTimeoutMilliseconds: Int32
  package var protocolType: String
  package var protocols: [GroupProtocol]
  package var reason: String?
  /// v4 and later: a new dynamic member is given an id first and joins again with it.
  package var isMemberIDRequired: Bool
  /// v9 and later: a static leader that comes back is given the members and told not to assign.
  package var canSkipAssignment: Bool
  /// What a new member's id ends in: a UUID that the caller drew.
  package var freshID: String

  package init(
    groupID: String, memberID: String = "", instanceID: String? = nil, client: ClientIdentity,
    sessionTimeoutMilliseconds: Int32, rebalanceTimeoutMilliseconds: Int32,
    protocolType: String = "consumer", protocols: [GroupProtocol], reason: String? = nil,
    isMemberIDRequired: Bool = true, canSkipAssignment: Bool = true, freshID: String
  ) {
    self.groupID = groupID
    self.memberID = memberID
    self.instanceID = instanceID
    self.client = client
    self.sessionTimeoutMilliseconds = sessionTimeoutMilliseconds
    self.rebalanceTimeoutMilliseconds = rebalanceTimeoutMilliseconds
    self.protocolType = protocolType
    self.protocols = protocols
    self.reason = reason
    self.isMemberIDRequired = isMemberIDRequired
    self.canSkipAssignment = canSkipAssignment
    self.freshID = freshID
  }
}

extension JoinRequest {
  /// What the member is called if it is a new one.
  var newMemberID: String { "\(instanceID ?? client.clientID)-\(freshID)" }
}

package struct JoinReply: Equatable, Sendable {
  package var error: ErrorCode = .none
  package var generation: Int32 = -1
  package var protocolType: String?
  /// `nil` on errors.
  package var protocolName: String?
  package var leaderID = ""
  package var skipsAssignment = false
  package var memberID = ""
  /// Only for the leader.
  package var members: [Member] = []

  package init() {}

  package init(error: ErrorCode, memberID: String) {
    self.error = error
    self.memberID = memberID
  }

  package struct Member: Equatable, Sendable {
    package var memberID: String
    package var instanceID: String?
    package var metadata: [UInt8]

    package init(memberID: String, instanceID: String?, metadata: [UInt8]) {
      self.memberID = memberID
      self.instanceID = instanceID
      self.metadata = metadata
    }
  }
}

package struct SyncRequest: Sendable {
  package var groupID: String
  package var generation: Int32
  package var memberID: String
  package var instanceID: String?
  /// v5 and later; checked if given.
  package var protocolType: String?
  package var protocolName: String?
  /// The leader's: member id to opaque bytes.
  package var assignments: [(memberID: String, assignment: [UInt8])]

  package init(
    groupID: String, generation: Int32, memberID: String, instanceID: String? = nil,
    protocolType: String? = nil, protocolName: String? = nil,
    assignments: [(memberID: String, assignment: [UInt8])] = []
  ) {
    self.groupID = groupID
    self.generation = generation
    self.memberID = memberID
    self.instanceID = instanceID
    self.protocolType = protocolType
    self.protocolName = protocolName
    self.assignments = assignments
  }
}

package struct SyncReply: Equatable, Sendable {
  package var error: ErrorCode = .none
  package var protocolType: String?
  package var protocolName: String?
  package var assignment: [UInt8] = []

  package init() {}

  package init(error: ErrorCode) { self.error = error }
}

/// A heartbeat of a member that speaks the classic protocol.
package struct ClassicHeartbeat: Sendable {
  package var groupID: String
  package var generation: Int32
  package var memberID: String
  package var instanceID: String?

  package init(groupID: String, generation: Int32, memberID: String, instanceID: String? = nil) {
    self.groupID = groupID
    self.generation = generation
    self.memberID = memberID
    self.instanceID = instanceID
  }
}

/// One member that leaves, or is made to leave by an administrator (instance id without member id).
package struct LeavingMember: Sendable {
  package var memberID: String
  package var instanceID: String?
  package var reason: String?

  package init(memberID: String, instanceID: String? = nil, reason: String? = nil) {
    self.memberID = memberID
    self.instanceID = instanceID
    self.reason = reason
  }
}
