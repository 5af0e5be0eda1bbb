package import ActaModel

/// What DescribeGroups tells of a classic group.
package struct ClassicGroupDescription: Equatable, Sendable {
  package var state: GroupState
  package var protocolType: String
  package var protocolName: String
  /// Metadata and assignment are empty unless the group is stable.
  package var members: [Member]

  package init(
    state: GroupState, protocolType: String, protocolName: String, members: [Member]
  ) {
    self.state = state
    self.protocolType = protocolType
    self.protocolName = protocolName
    self.members = members
  }

  package struct Member: Equatable, Sendable {
    package var memberID: String
    package var instanceID: String?
    package var client: ClientIdentity
    package var metadata: [UInt8]
    package var assignment: [UInt8]

    package init(
      memberID: String, instanceID: String?, client: ClientIdentity, metadata: [UInt8],
      assignment: [UInt8]
    ) {
      self.memberID = memberID
      self.instanceID = instanceID
      self.client = client
      self.metadata = metadata
      self.assignment = assignment
    }
  }
}

/// What ConsumerGroupDescribe tells.
package struct ConsumerGroupDescription: Equatable, Sendable {
  package var state: GroupState
  package var groupEpoch: Int32
  package var assignmentEpoch: Int32
  package var assignor: String
  /// As the tables keep them; a member with a classic part speaks the classic protocol.
  package var members: [MemberRow]

  package init(
    state: GroupState, groupEpoch: Int32, assignmentEpoch: Int32, assignor: String,
    members: [MemberRow]
  ) {
    self.state = state
    self.groupEpoch = groupEpoch
    self.assignmentEpoch = assignmentEpoch
    self.assignor = assignor
    self.members = members
  }
}

/// One group in ListGroups.
package struct GroupListing: Equatable, Sendable {
  package var groupID: String
  package var protocolType: String
  package var state: GroupState
  package var type: GroupType

  package init(groupID: String, protocolType: String, state: GroupState, type: GroupType) {
    self.groupID = groupID
    self.protocolType = protocolType
    self.state = state
    self.type = type
  }
}
