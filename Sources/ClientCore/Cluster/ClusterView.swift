package import ActaModel
package import KafkaWire

/// The cluster as this client last heard of it: who its brokers are, and who leads which partition.
package struct ClusterView: Equatable, Sendable {
  package struct Node: Equatable, Sendable {
    package let id: Int32
    package let host: String
    package let port: UInt16
    /// `nil` where it is in none, or that is not told.
    package let rack: String?
  }

  package struct Partition: Equatable, Sendable {
    /// `nil` while nobody leads it.
    package let leader: Int32?
    /// -1: not told.
    package let leaderEpoch: Int32
    /// Brokers' ids.
    package let replicas: [Int32]
  }

  package struct Topic: Equatable, Sendable {
    /// Zero where the broker has no ids.
    package let id: TopicID
    package let isInternal: Bool
    /// By number.
    package let partitions: [Partition]
  }

  package private(set) var clusterID: String?
  package private(set) var controller: Int32?
  package private(set) var nodes: [Int32: Node] = [:]
  package private(set) var topics: [String: Topic] = [:]
  /// Why there is nothing to know of a topic that was asked about.
  package private(set) var refusals: [String: ErrorCode] = [:]

  package init() {}

  /// `nil` also where a leader is named that is not among the brokers.
  package func leader(of partition: TopicPartition) -> Int32? {
    guard let topic = topics[partition.topic],
      topic.partitions.indices.contains(Int(partition.partition)),
      let leader = topic.partitions[Int(partition.partition)].leader, nodes[leader] != nil
    else { return nil }
    return leader
  }

  /// Of the partition's leader; -1 where it is not told.
  package func leaderEpoch(of partition: TopicPartition) -> Int32 {
    self.partition(Int(partition.partition), of: partition.topic)?.leaderEpoch ?? -1
  }

  /// By partition: the racks of the brokers that have it.
  package func racks(of topic: String) -> [Set<String>] {
    topics[topic]?.partitions.map { Set($0.replicas.compactMap { nodes[$0]?.rack }) } ?? []
  }

  /// Takes an answer in. Topics that it does not name stay as they were, unless it names all.
  package mutating func apply(_ answer: MetadataResponse, namesAll: Bool) {
    clusterID = answer.clusterID ?? clusterID
    controller = answer.controllerID < 0 ? nil : answer.controllerID
    var nodes: [Int32: Node] = [:]
    for broker in answer.brokers {
      guard let port = UInt16(exactly: broker.port) else { continue }
      nodes[broker.nodeID] = Node(
        id: broker.nodeID, host: broker.host, port: port, rack: broker.rack)
    }
    // An answer without brokers comes from one that is only starting.
    if !nodes.isEmpty { self.nodes = nodes }
    if namesAll {
      topics = [:]
      refusals = [:]
    }
    for topic in answer.topics { apply(topic) }
  }

  private mutating func apply(_ answer: MetadataResponse.Topic) {
    guard let name = answer.name else { return }
    guard answer.errorCode == .none else {
      refusals[name] = answer.errorCode
      if answer.errorCode == .unknownTopicOrPartition { topics[name] = nil }
      return
    }
    refusals[name] = nil
    let count = answer.partitions.count
    var partitions = [Partition](
      repeating: Partition(leader: nil, leaderEpoch: -1, replicas: []), count: count)
    for partition in answer.partitions
    where partitions.indices.contains(Int(partition.partitionIndex)) {
      let index = Int(partition.partitionIndex)
      let before = topics[name]?.id == answer.topicID ? self.partition(index, of: name) : nil
      // An answer of a broker that is behind is older than what was heard before.
      if let before, partition.leaderEpoch >= 0, partition.leaderEpoch < before.leaderEpoch {
        partitions[index] = before
      } else {
        partitions[index] = Partition(
          leader: partition.leaderID < 0 ? nil : partition.leaderID,
          leaderEpoch: partition.leaderEpoch, replicas: partition.replicaNodes)
      }
    }
    topics[name] = Topic(
      id: answer.topicID, isInternal: answer.isInternal, partitions: partitions)
  }

  private func partition(_ index: Int, of topic: String) -> Partition? {
    guard let partitions = topics[topic]?.partitions, partitions.indices.contains(index) else {
      return nil
    }
    return partitions[index]
  }
}
