package import ActaModel

/// AddRaftVoter, versions 0–1; flexible from the first. Adds a controller to those that vote.
///
/// - v1: whether the answer waits until that is committed.
package struct AddRaftVoterRequest: RequestMessage {
  package typealias Response = AddRaftVoterResponse
  package static let api = APIKey.addRaftVoter

  package var clusterID: String?
  package var timeoutMilliseconds: Int32 = 0
  package var voterID: Int32 = 0
  package var voterDirectoryID = TopicID.zero
  package var listeners: [Listener] = []
  package var ackWhenCommitted = true

  package init() {}

  package mutating func fields<C: FieldCoder>(_ c: inout C) throws(WireError) {
    try c.field("ClusterId", &clusterID, nullableSince: 0)
    try c.field("TimeoutMs", &timeoutMilliseconds)
    try c.field("VoterId", &voterID)
    try c.field("VoterDirectoryId", &voterDirectoryID)
    try c.field("Listeners", &listeners)
    try c.field("AckWhenCommitted", &ackWhenCommitted, since: 1)
  }

  package struct Listener: WireStruct {
    package var name = ""
    package var host = ""
    package var port: UInt16 = 0

    package init() {}

    package mutating func fields<C: FieldCoder>(_ c: inout C) throws(WireError) {
      try c.field("Name", &name)
      try c.field("Host", &host)
      try c.field("Port", &port)
    }
  }
}

package struct AddRaftVoterResponse: ResponseMessage {
  package static let api = APIKey.addRaftVoter

  package var throttleTimeMilliseconds: Int32 = 0
  package var errorCode = ErrorCode.none
  package var errorMessage: String?

  package init() {}

  package mutating func fields<C: FieldCoder>(_ c: inout C) throws(WireError) {
    try c.field("ThrottleTimeMs", &throttleTimeMilliseconds)
    try c.field("ErrorCode", &errorCode)
    try c.field("ErrorMessage", &errorMessage, nullableSince: 0)
  }
}
