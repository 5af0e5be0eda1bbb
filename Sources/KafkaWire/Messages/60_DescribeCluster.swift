package import ActaModel

/// DescribeCluster, versions 0–2; flexible from the first.
///
/// - v1: the kind of endpoint, broker 1 or controller 2; MISMATCHED_ENDPOINT_TYPE and
///   UNSUPPORTED_ENDPOINT_TYPE may be answered.
/// - v2: fenced brokers.
package struct DescribeClusterRequest: RequestMessage {
  package typealias Response = DescribeClusterResponse
  package static let api = APIKey.describeCluster

  package var includeClusterAuthorizedOperations = false
  package var endpointType: Int8 = 1
  package var includeFencedBrokers = false

  package init() {}

  package mutating func fields<C: FieldCoder>(_ c: inout C) throws(WireError) {
    try c.field("IncludeClusterAuthorizedOperations", &includeClusterAuthorizedOperations)
    try c.field("EndpointType", &endpointType, since: 1)
    try c.field("IncludeFencedBrokers", &includeFencedBrokers, since: 2)
  }
}

package struct DescribeClusterResponse: ResponseMessage {
  package static let api = APIKey.describeCluster

  package var throttleTimeMilliseconds: Int32 = 0
  package var errorCode = ErrorCode.none
  package var errorMessage: String?
  package var endpointType: Int8 = 1
  package var clusterID = ""
  package var controllerID: Int32 = -1
  package var brokers: [Broker] = []
  package var clusterAuthorizedOperations = Int32.min

  package init() {}

  package mutating func fields<C: FieldCoder>(_ c: inout C) throws(WireError) {
    try c.field("ThrottleTimeMs", &throttleTimeMilliseconds)
    try c.field("ErrorCode", &errorCode)
    try c.field("ErrorMessage", &errorMessage, nullableSince: 0)
    try c.field("EndpointType", &endpointType, since: 1)
    try c.field("ClusterId", &clusterID)
    try c.field("ControllerId", &controllerID)
    try c.field("Brokers", &brokers)
    try c.field("ClusterAuthorizedOperations", &clusterAuthorizedOperations)
  }

  package struct Broker: WireStruct {
    package var brokerID: Int32 = 0
    package var host = ""
    package var port: Int32 = 0
    package var rack: String?
    package var isFenced = false

    package init() {}

    package mutating func fields<C: FieldCoder>(_ c: inout C) throws(WireError) {
      try c.field("BrokerId", &brokerID)
      try c.field("Host", &host)
      try c.field("Port", &port)
      try c.field("Rack", &rack, nullableSince: 0)
      try c.field("IsFenced", &isFenced, since: 2)
    }
  }
}
