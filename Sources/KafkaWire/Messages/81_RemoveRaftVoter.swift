package import ActaModel

/// RemoveRaftVoter, version 0; flexible. Takes a controller off those that vote.
package struct RemoveRaftVoterRequest: RequestMessage {
  package typealias Response = RemoveRaftVoterResponse
  package static let api = APIKey.removeRaftVoter

  package var clusterID: String?
  package var voterID: Int32 = 0
  package var voterDirectoryID = TopicID.zero

  package init() {}

  package mutating func fields<C: FieldCoder>(_ c: inout C) throws(WireError) {
    try c.field("ClusterId", &clusterID, nullableSince: 0)
    try c.field("VoterId", &voterID)
    try c.field("VoterDirectoryId", &voterDirectoryID)
  }
}

package struct RemoveRaftVoterResponse: ResponseMessage {
  package static let api = APIKey.removeRaftVoter

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
