import ActaModel
import KafkaWire

/// One right that an API asks for, and what becomes of a request that does not have it.
struct AccessRule: Hashable, Sendable {
  /// How far a refusal reaches.
  enum Refusal: Hashable, Sendable {
    /// The whole answer is an error: at its top, or, where it has no room there, at each of its
    /// parts.
    case request
    /// The topic, the group, the key or the resource that it is about; its neighbours are served.
    case item
    /// The partitions of the topic that it is about.
    case partitions
    /// What the client has no right to see is left out, and nothing says so.
    case leftOut
    /// As `partitions`, and the others of the request are not attempted.
    case partitionsOfWhole
    /// Something that is told besides: the answer goes without it.
    case detail
    /// Nothing: another right will do, which is asked next.
    case next
  }

  enum Manner: Hashable, Sendable {
    case plainly
    /// A refusal is nothing to write down.
    case quietly
    /// Plainly of what the client has named, quietly when it asks for all.
    case quietlyOfAll
  }

  let operation: Operation
  let kind: Resource.Kind
  let manner: Manner
  /// More than one where it depends on what is asked for.
  let refusals: [Refusal]
  /// What a refused client is told.
  let code: ErrorCode

  init(
    _ operation: Operation, _ kind: Resource.Kind, _ refusals: Refusal...,
    asked: Manner = .plainly, code: ErrorCode? = nil
  ) {
    self.operation = operation
    self.kind = kind
    manner = asked
    self.refusals = refusals
    self.code = code ?? kind.refusal
  }

  func isAsked(quietly isQuiet: Bool) -> Bool {
    switch manner {
    case .plainly: !isQuiet
    case .quietly: isQuiet
    case .quietlyOfAll: true
    }
  }
}

/// Which API asks for which rights, as Kafka's does. Handlers cannot ask for what is not here
/// (`Session`), and the tests refuse every right in here once and look at what is answered.
enum AccessTable {
  static func rules(of api: APIKey) -> [AccessRule] {
    switch api {
    case .produce: produce
    case .fetch: fetch
    case .listOffsets: listOffsets
    case .metadata: metadata
    case .offsetCommit: offsetCommit
    case .offsetFetch: offsetFetch
    case .findCoordinator: findCoordinator
    case .joinGroup, .heartbeat, .leaveGroup, .syncGroup: membership
    case .describeGroups: describeGroups
    case .listGroups: listGroups
    case .apiVersions, .saslHandshake, .saslAuthenticate, .createDelegationToken,
      .renewDelegationToken, .expireDelegationToken, .describeDelegationToken:
      []
    case .createTopics: createTopics
    case .deleteTopics: deleteTopics
    case .deleteRecords: deleteRecords
    case .initProducerID: initProducerID
    case .offsetForLeaderEpoch: offsetForLeaderEpoch
    case .describeConfigs: describeConfigs
    case .alterConfigs, .incrementalAlterConfigs: alterConfigs
    case .describeLogDirs: describeLogDirs
    case .createPartitions: createPartitions
    case .deleteGroups: deleteGroups
    case .offsetDelete: offsetDelete
    case .describeCluster: describeCluster
    case .consumerGroupHeartbeat: consumerGroupHeartbeat
    case .consumerGroupDescribe: consumerGroupDescribe
    case .listConfigResources: listConfigResources
    case .describeTopicPartitions: describeTopicPartitions
    case .describeACLs, .listPartitionReassignments, .describeUserScramCredentials,
      .describeQuorum:
      describeClusterWhole
    case .createACLs, .deleteACLs, .alterReplicaLogDirs, .alterUserScramCredentials:
      alterClusterItems
    case .electLeaders, .alterPartitionReassignments, .updateFeatures, .unregisterBroker,
      .addRaftVoter, .removeRaftVoter, .unregisterController:
      alterCluster
    case .describeClientQuotas: describeClientQuotas
    case .alterClientQuotas: alterClientQuotas
    case .describeProducers: describeProducers
    case .addPartitionsToTxn: addPartitionsToTxn
    case .addOffsetsToTxn: addOffsetsToTxn
    case .endTxn: endTxn
    case .writeTxnMarkers: writeTxnMarkers
    case .txnOffsetCommit: txnOffsetCommit
    case .describeTransactions: describeTransactions
    case .listTransactions: listTransactions
    }
  }

  private static let produce = [
    // Of transactional batches, before anything else.
    AccessRule(.write, .transactionalID, .request),
    AccessRule(.write, .topic, .partitions),
  ]
  private static let fetch = [
    // Of whoever calls itself a replica, in place of the other.
    AccessRule(.clusterAction, .cluster, .request, code: .topicAuthorizationFailed),
    AccessRule(.read, .topic, .partitions),
  ]
  private static let listOffsets = [AccessRule(.describe, .topic, .partitions)]
  private static let metadata = [
    AccessRule(.describe, .topic, .item, .leftOut, asked: .quietlyOfAll),
    // Of topics that would be made.
    AccessRule(.create, .cluster, .next, asked: .quietly),
    AccessRule(.create, .topic, .item),
    AccessRule(.describe, .cluster, .detail),
  ]
  private static let offsetCommit = [
    AccessRule(.read, .group, .request),
    AccessRule(.read, .topic, .partitions),
  ]
  private static let offsetFetch = [
    AccessRule(.describe, .group, .item),
    AccessRule(.describe, .topic, .partitions, .leftOut),
  ]
  private static let findCoordinator = [
    AccessRule(.describe, .group, .item),
    AccessRule(.describe, .transactionalID, .item),
    AccessRule(.clusterAction, .cluster, .item),
  ]
  private static let membership = [AccessRule(.read, .group, .request)]
  private static let describeGroups = [AccessRule(.describe, .group, .item)]
  private static let listGroups = [
    AccessRule(.describe, .cluster, .next, asked: .quietly),
    AccessRule(.describe, .group, .leftOut, asked: .quietly),
  ]
  private static let createTopics = [
    AccessRule(.create, .cluster, .next, asked: .quietly),
    AccessRule(.create, .topic, .item),
    AccessRule(.describeConfigs, .topic, .detail, asked: .quietly),
  ]
  private static let deleteTopics = [
    AccessRule(.delete, .cluster, .next, asked: .quietly),
    AccessRule(.describe, .topic, .item),
    AccessRule(.delete, .topic, .item),
  ]
  private static let deleteRecords = [AccessRule(.delete, .topic, .partitions)]
  private static let initProducerID = [
    AccessRule(.write, .transactionalID, .request),
    AccessRule(.idempotentWrite, .cluster, .next, asked: .quietly),
    // Of any topic: who may write somewhere may do so without duplicates.
    AccessRule(.write, .topic, .request, code: .clusterAuthorizationFailed),
  ]
  private static let offsetForLeaderEpoch = [
    AccessRule(.clusterAction, .cluster, .next, asked: .quietly),
    AccessRule(.describe, .topic, .partitions),
  ]
  private static let describeConfigs = [
    AccessRule(.describeConfigs, .topic, .item),
    AccessRule(.describeConfigs, .group, .item),
    AccessRule(.describeConfigs, .cluster, .item),
  ]
  private static let alterConfigs = [
    AccessRule(.alterConfigs, .topic, .item),
    AccessRule(.alterConfigs, .group, .item),
    AccessRule(.alterConfigs, .cluster, .item),
  ]
  private static let listConfigResources = [AccessRule(.describeConfigs, .cluster, .request)]
  private static let describeLogDirs = [AccessRule(.describe, .cluster, .request)]
  private static let createPartitions = [AccessRule(.alter, .topic, .item)]
  private static let deleteGroups = [AccessRule(.delete, .group, .item)]
  private static let offsetDelete = [
    AccessRule(.delete, .group, .request),
    AccessRule(.read, .topic, .partitions),
  ]
  private static let describeCluster = [AccessRule(.describe, .cluster, .detail)]
  private static let consumerGroupHeartbeat = [
    AccessRule(.read, .group, .request),
    AccessRule(.describe, .topic, .request),
  ]
  private static let consumerGroupDescribe = [
    AccessRule(.describe, .group, .item),
    // Of what members have or are to have; the group is refused, since it is not shown in part.
    AccessRule(.describe, .topic, .item),
  ]
  private static let describeTopicPartitions = [
    AccessRule(.describe, .topic, .item, .leftOut, asked: .quietlyOfAll)
  ]

  private static let describeClusterWhole = [AccessRule(.describe, .cluster, .request)]
  private static let alterCluster = [AccessRule(.alter, .cluster, .request)]
  /// Where an answer has no room for an error of the whole.
  private static let alterClusterItems = [AccessRule(.alter, .cluster, .item)]
  private static let describeClientQuotas = [AccessRule(.describeConfigs, .cluster, .request)]
  private static let alterClientQuotas = [AccessRule(.alterConfigs, .cluster, .item)]
  private static let describeProducers = [AccessRule(.read, .topic, .partitions)]

  private static let addPartitionsToTxn = [
    AccessRule(.write, .transactionalID, .request),
    AccessRule(.write, .topic, .partitionsOfWhole),
    // Of brokers, in place of the others.
    AccessRule(.clusterAction, .cluster, .request),
  ]
  private static let addOffsetsToTxn = [
    AccessRule(.write, .transactionalID, .request),
    AccessRule(.read, .group, .request),
  ]
  private static let endTxn = [AccessRule(.write, .transactionalID, .request)]
  private static let writeTxnMarkers = [
    AccessRule(.alter, .cluster, .next, asked: .quietly),
    AccessRule(.clusterAction, .cluster, .request),
  ]
  private static let txnOffsetCommit = [
    AccessRule(.write, .transactionalID, .request),
    AccessRule(.read, .group, .request),
    AccessRule(.read, .topic, .partitions),
  ]
  private static let describeTransactions = [
    AccessRule(.describe, .transactionalID, .item),
    AccessRule(.describe, .topic, .leftOut),
  ]
  private static let listTransactions = [AccessRule(.describe, .transactionalID, .leftOut)]

  /// The operations that a kind of resource knows: clients are told which of these they have.
  static func operations(of kind: Resource.Kind) -> [Operation] {
    switch kind {
    case .topic: topicOperations
    case .group: groupOperations
    case .cluster: clusterOperations
    case .transactionalID: []
    }
  }

  private static let topicOperations: [Operation] = [
    .read, .write, .create, .delete, .alter, .describe, .describeConfigs, .alterConfigs,
  ]
  private static let groupOperations: [Operation] = [
    .read, .delete, .describe, .describeConfigs, .alterConfigs,
  ]
  private static let clusterOperations: [Operation] = [
    .create, .alter, .describe, .clusterAction, .describeConfigs, .alterConfigs, .idempotentWrite,
  ]
}
