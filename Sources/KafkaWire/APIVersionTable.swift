/// What is known of one API's versions.
package struct APIVersions: Equatable, Sendable {
  package let key: APIKey
  /// The versions whose layout this module knows: the ones that are answered.
  package let range: ClosedRange<Int16>
  /// The versions that ApiVersions names. They may begin below `range`: see Produce.
  package let advertised: ClosedRange<Int16>
  /// The first version with compact lengths and tag sections; `nil` if no version has them.
  package let flexibleSince: Int16?

  package init(
    _ key: APIKey, _ range: ClosedRange<Int16>, flexibleSince: Int16?,
    advertisedFrom: Int16? = nil
  ) {
    self.key = key
    self.range = range
    self.advertised = (advertisedFrom ?? range.lowerBound)...range.upperBound
    self.flexibleSince = flexibleSince
  }

  package func isFlexible(_ version: Int16) -> Bool {
    guard let flexibleSince else { return false }
    return version >= flexibleSince
  }
}

/// The one table of APIs and versions. ApiVersions is answered from `served` and requests are
/// dispatched by it, so that what is advertised has a handler (KafkaWire/PROTOCOL.md §3).
package enum APIVersionTable {
  /// What the broker serves, by ascending key.
  package static let served: [APIVersions] = [
    // librdkafka up to 2.11.0 compresses only if it finds version 0 of Produce here. No client
    // sends 0 to 2: they predate the batch format, and such a request is closed on.
    .init(.produce, 3...13, flexibleSince: 9, advertisedFrom: 0),
    .init(.fetch, 4...18, flexibleSince: 12),
    .init(.listOffsets, 1...11, flexibleSince: 6),
    .init(.metadata, 0...13, flexibleSince: 9),
    .init(.offsetCommit, 2...10, flexibleSince: 8),
    .init(.offsetFetch, 1...10, flexibleSince: 6),
    .init(.findCoordinator, 0...6, flexibleSince: 3),
    .init(.joinGroup, 0...9, flexibleSince: 6),
    .init(.heartbeat, 0...4, flexibleSince: 4),
    .init(.leaveGroup, 0...5, flexibleSince: 4),
    .init(.syncGroup, 0...5, flexibleSince: 4),
    .init(.describeGroups, 0...6, flexibleSince: 5),
    .init(.listGroups, 0...5, flexibleSince: 3),
    .init(.saslHandshake, 0...1, flexibleSince: nil),
    .init(.apiVersions, 0...5, flexibleSince: 3),
    .init(.createTopics, 2...7, flexibleSince: 5),
    .init(.deleteTopics, 1...6, flexibleSince: 4),
    .init(.deleteRecords, 0...2, flexibleSince: 2),
    // Version 6 is unstable in Kafka and not advertised there either.
    .init(.initProducerID, 0...5, flexibleSince: 2),
    .init(.offsetForLeaderEpoch, 2...4, flexibleSince: 4),
    .init(.addPartitionsToTxn, 0...5, flexibleSince: 3),
    .init(.addOffsetsToTxn, 0...4, flexibleSince: 3),
    .init(.endTxn, 0...5, flexibleSince: 3),
    .init(.writeTxnMarkers, 1...2, flexibleSince: 1),
    .init(.txnOffsetCommit, 0...6, flexibleSince: 3),
    .init(.describeACLs, 1...3, flexibleSince: 2),
    .init(.createACLs, 1...3, flexibleSince: 2),
    .init(.deleteACLs, 1...3, flexibleSince: 2),
    .init(.describeConfigs, 1...4, flexibleSince: 4),
    .init(.alterConfigs, 0...2, flexibleSince: 2),
    .init(.alterReplicaLogDirs, 1...2, flexibleSince: 2),
    .init(.describeLogDirs, 1...5, flexibleSince: 2),
    .init(.saslAuthenticate, 0...2, flexibleSince: 2),
    .init(.createPartitions, 0...3, flexibleSince: 2),
    .init(.createDelegationToken, 1...3, flexibleSince: 2),
    .init(.renewDelegationToken, 1...2, flexibleSince: 2),
    .init(.expireDelegationToken, 1...2, flexibleSince: 2),
    .init(.describeDelegationToken, 1...3, flexibleSince: 2),
    .init(.deleteGroups, 0...3, flexibleSince: 2),
    .init(.electLeaders, 0...2, flexibleSince: 2),
    .init(.incrementalAlterConfigs, 0...1, flexibleSince: 1),
    .init(.alterPartitionReassignments, 0...1, flexibleSince: 0),
    .init(.listPartitionReassignments, 0...0, flexibleSince: 0),
    .init(.offsetDelete, 0...0, flexibleSince: nil),
    .init(.describeClientQuotas, 0...1, flexibleSince: 1),
    .init(.alterClientQuotas, 0...1, flexibleSince: 1),
    .init(.describeUserScramCredentials, 0...0, flexibleSince: 0),
    .init(.alterUserScramCredentials, 0...0, flexibleSince: 0),
    .init(.describeQuorum, 0...2, flexibleSince: 0),
    .init(.updateFeatures, 0...2, flexibleSince: 0),
    .init(.describeCluster, 0...2, flexibleSince: 0),
    .init(.describeProducers, 0...0, flexibleSince: 0),
    .init(.unregisterBroker, 0...0, flexibleSince: 0),
    .init(.describeTransactions, 0...0, flexibleSince: 0),
    .init(.listTransactions, 0...2, flexibleSince: 0),
    .init(.consumerGroupHeartbeat, 0...1, flexibleSince: 0),
    .init(.consumerGroupDescribe, 0...1, flexibleSince: 0),
    .init(.listConfigResources, 0...1, flexibleSince: 0),
    .init(.describeTopicPartitions, 0...0, flexibleSince: 0),
    .init(.addRaftVoter, 0...1, flexibleSince: 0),
    .init(.removeRaftVoter, 0...0, flexibleSince: 0),
    .init(.unregisterController, 0...0, flexibleSince: 0),
  ]

  /// The versions of an API that this module has messages for.
  package static func versions(of key: APIKey) -> APIVersions? { served(key.rawValue) }

  /// The versions of an API if the broker serves it; the key is as it stands in a request's header.
  package static func served(_ key: Int16) -> APIVersions? {
    byKey.indices.contains(Int(key)) ? byKey[Int(key)] : nil
  }

  /// So that a look-up is one index.
  private static let byKey: [APIVersions?] = {
    let largest = APIKey.allCases.map(\.rawValue).max() ?? 0
    var byKey = [APIVersions?](repeating: nil, count: Int(largest) + 1)
    for versions in served { byKey[Int(versions.key.rawValue)] = versions }
    return byKey
  }()
}
