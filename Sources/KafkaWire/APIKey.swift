/// The APIs that this module has messages for, by the number that a request's header carries.
package enum APIKey: Int16, CaseIterable, Hashable, Sendable {
  case produce = 0
  case fetch = 1
  case listOffsets = 2
  case metadata = 3
  case offsetCommit = 8
  case offsetFetch = 9
  case findCoordinator = 10
  case joinGroup = 11
  case heartbeat = 12
  case leaveGroup = 13
  case syncGroup = 14
  case describeGroups = 15
  case listGroups = 16
  case apiVersions = 18
  case createTopics = 19
  case deleteTopics = 20
  case deleteRecords = 21
  case initProducerID = 22
  case offsetForLeaderEpoch = 23
  case describeConfigs = 32
  case alterConfigs = 33
  case describeLogDirs = 35
  case createPartitions = 37
  case deleteGroups = 42
  case incrementalAlterConfigs = 44
  case offsetDelete = 47
  case describeCluster = 60
  case consumerGroupHeartbeat = 68
  case consumerGroupDescribe = 69
  case listConfigResources = 74
  case describeTopicPartitions = 75
}

extension APIKey: CustomStringConvertible {
  /// The protocol's own name, for logs: `ListOffsets`.
  package var description: String {
    switch self {
    case .produce: "Produce"
    case .fetch: "Fetch"
    case .listOffsets: "ListOffsets"
    case .metadata: "Metadata"
    case .offsetCommit: "OffsetCommit"
    case .offsetFetch: "OffsetFetch"
    case .findCoordinator: "FindCoordinator"
    case .joinGroup: "JoinGroup"
    case .heartbeat: "Heartbeat"
    case .leaveGroup: "LeaveGroup"
    case .syncGroup: "SyncGroup"
    case .describeGroups: "DescribeGroups"
    case .listGroups: "ListGroups"
    case .apiVersions: "ApiVersions"
    case .createTopics: "CreateTopics"
    case .deleteTopics: "DeleteTopics"
    case .deleteRecords: "DeleteRecords"
    case .initProducerID: "InitProducerId"
    case .offsetForLeaderEpoch: "OffsetForLeaderEpoch"
    case .describeConfigs: "DescribeConfigs"
    case .alterConfigs: "AlterConfigs"
    case .describeLogDirs: "DescribeLogDirs"
    case .createPartitions: "CreatePartitions"
    case .deleteGroups: "DeleteGroups"
    case .incrementalAlterConfigs: "IncrementalAlterConfigs"
    case .offsetDelete: "OffsetDelete"
    case .describeCluster: "DescribeCluster"
    case .consumerGroupHeartbeat: "ConsumerGroupHeartbeat"
    case .consumerGroupDescribe: "ConsumerGroupDescribe"
    case .listConfigResources: "ListConfigResources"
    case .describeTopicPartitions: "DescribeTopicPartitions"
    }
  }
}
