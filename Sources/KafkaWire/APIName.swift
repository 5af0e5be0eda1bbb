/// What Kafka calls each API, for logs: also those that have no messages here.
package enum APIName {
  /// `ShareFetch (API 78)`, or `API 999` where there is none of that number.
  package static func of(_ key: Int16) -> String {
    word(of: key).map { "\($0) (API \(key))" } ?? "API \(key)"
  }

  /// `ShareFetch`; `nil` where there is none of that number.
  package static func word(of key: Int16) -> String? {
    APIKey(rawValue: key)?.description ?? others[key]
  }

  /// Those that clients ask, which Java's know all of; the others are between brokers and controllers.
  package static let ofClients: [Int16: String] = {
    var names = others.filter { !betweenNodes.contains($0.key) }
    for key in APIKey.allCases { names[key.rawValue] = key.description }
    return names
  }()

  private static let betweenNodes: Set<Int16> = [
    4, 5, 6, 7, 52, 53, 54, 56, 58, 59, 62, 63, 67, 70, 73, 82,
  ]

  private static let others: [Int16: String] = [
    4: "LeaderAndIsr",
    5: "StopReplica",
    6: "UpdateMetadata",
    7: "ControlledShutdown",
    52: "Vote",
    53: "BeginQuorumEpoch",
    54: "EndQuorumEpoch",
    56: "AlterPartition",
    58: "Envelope",
    59: "FetchSnapshot",
    62: "BrokerRegistration",
    63: "BrokerHeartbeat",
    67: "AllocateProducerIds",
    70: "ControllerRegistration",
    71: "GetTelemetrySubscriptions",
    72: "PushTelemetry",
    73: "AssignReplicasToDirs",
    76: "ShareGroupHeartbeat",
    77: "ShareGroupDescribe",
    78: "ShareFetch",
    79: "ShareAcknowledge",
    82: "UpdateRaftVoter",
    83: "InitializeShareGroupState",
    84: "ReadShareGroupState",
    85: "WriteShareGroupState",
    86: "DeleteShareGroupState",
    87: "ReadShareGroupStateSummary",
    88: "StreamsGroupHeartbeat",
    89: "StreamsGroupDescribe",
    90: "DescribeShareGroupOffsets",
    91: "AlterShareGroupOffsets",
    92: "DeleteShareGroupOffsets",
    93: "StreamsGroupTopologyDescriptionUpdate",
  ]
}
