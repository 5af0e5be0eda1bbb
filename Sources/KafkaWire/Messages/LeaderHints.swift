/// Who leads a partition now: a hint beside a leader error, in Produce and Fetch.
package struct LeaderIDAndEpoch: WireStruct {
  package var leaderID: Int32 = -1
  package var leaderEpoch: Int32 = -1

  package init() {}

  package mutating func fields<C: FieldCoder>(_ c: inout C) throws(WireError) {
    try c.field("LeaderId", &leaderID)
    try c.field("LeaderEpoch", &leaderEpoch)
  }
}

/// Where a leader that a hint names is reached.
package struct NodeEndpoint: WireStruct {
  package var nodeID: Int32 = 0
  package var host = ""
  package var port: Int32 = 0
  package var rack: String?

  package init() {}

  package mutating func fields<C: FieldCoder>(_ c: inout C) throws(WireError) {
    try c.field("NodeId", &nodeID)
    try c.field("Host", &host)
    try c.field("Port", &port)
    try c.field("Rack", &rack, nullableSince: 0)
  }
}
