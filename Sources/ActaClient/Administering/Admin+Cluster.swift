import ActaModel
import ClientCore
import KafkaWire

extension Admin {
  /// The cluster's id, its controller and its brokers.
  ///
  /// - Parameter includeFencedBrokers: Whether brokers are told of that clients are kept away from. Needs Kafka 4.0.
  /// - Throws: `KafkaError` for what concerns all of it, as `Admin` says.
  public func describeCluster(
    includeFencedBrokers: Bool = false
  ) async throws(KafkaError) -> ClusterDescription {
    try await perform("listNodes") { call throws(ClientFailure) in
      try await call.retrying { () throws(ClientFailure) in
        var request = DescribeClusterRequest()
        request.includeFencedBrokers = includeFencedBrokers
        do throws(ClientFailure) {
          let response = try await call.send(
            request, to: nil, from: includeFencedBrokers ? 2 : 0)
          guard response.errorCode == .none else {
            throw ClientFailure(response.errorCode, saying: response.errorMessage, of: "cluster")
          }
          return ClusterDescription(
            id: response.clusterID, controller: response.controllerID,
            response.brokers.map { Node($0) })
        } catch  where error.reason == .unsupportedVersion && !includeFencedBrokers {
          let metadata = try await call.metadata([])
          return ClusterDescription(
            id: metadata.clusterID, controller: metadata.controllerID,
            metadata.brokers.map { Node($0) })
        }
      }
    }
  }

  /// Takes a broker that is gone off the cluster's list.
  ///
  /// - Throws: `KafkaError`: 102 for one that is not on it, 42 for one that still works.
  public func unregisterBroker(_ id: Int32) async throws(KafkaError) {
    var request = UnregisterBrokerRequest()
    request.brokerID = id
    let order = request
    try await perform("unregisterBroker") { call throws(ClientFailure) in
      try await call.retrying { () throws(ClientFailure) in
        let response = try await call.send(order, to: nil)
        guard response.errorCode == .none else {
          throw ClientFailure(response.errorCode, saying: response.errorMessage, of: "broker \(id)")
        }
      }
    }
  }

  /// Takes a controller that is gone off the cluster's list. Needs Kafka 4.4.
  ///
  /// - Throws: `KafkaError`: 136 for one that is not on it, 42 for the active one.
  public func unregisterController(_ id: Int32) async throws(KafkaError) {
    var request = UnregisterControllerRequest()
    request.controllerID = id
    let order = request
    try await perform("unregisterController") { call throws(ClientFailure) in
      try await call.retrying { () throws(ClientFailure) in
        let response = try await call.send(order, to: nil)
        guard response.errorCode == .none else {
          throw ClientFailure(
            response.errorCode, saying: response.errorMessage, of: "controller \(id)")
        }
      }
    }
  }

  /// Where brokers keep logs, and how large these are.
  ///
  /// - Parameters:
  ///   - brokers: `nil` is all.
  ///   - partitions: `nil` is all.
  /// - Returns: By broker.
  /// - Throws: `KafkaError` for what concerns all of it, as `Admin` says.
  public func describeLogDirs(
    of brokers: Set<Int32>? = nil, for partitions: Set<TopicPartition>? = nil
  ) async throws(KafkaError) -> [Int32: Result<[LogDirDescription], KafkaError>] {
    var request = DescribeLogDirsRequest()
    request.topics = partitions?.byTopic.map { name, numbers in
      var topic = DescribeLogDirsRequest.Topic()
      topic.topic = name
      topic.partitions = numbers
      return topic
    }
    let question = request
    return try await performEach("describeLogDirs") { call throws(ClientFailure) in
      var ids = brokers ?? []
      if brokers == nil {
        ids = try await call.retrying { () throws(ClientFailure) in
          Set(try await call.brokers().map(\.nodeID))
        }
      }
      return try await call.each(ids, by: .broker(\.self)) { node, ids throws(ClientFailure) in
        let response = try await call.send(question, to: node)
        return .telling(ids) { id in
          let directories = response.results.map { LogDirDescription($0) }
          return (id, .of(response.errorCode, nil, about: "broker \(id)", directories))
        }
      }
    }
  }
}

extension ClusterDescription {
  fileprivate init(id: String?, controller: Int32, _ nodes: [Node]) {
    clusterID = id
    self.controller = nodes.first { $0.id == controller }
    self.nodes = nodes.sorted { $0.id < $1.id }
  }
}

extension LogDirDescription {
  fileprivate init(_ directory: DescribeLogDirsResponse.LogDir) {
    path = directory.logDir
    error =
      directory.errorCode == .none
      ? nil : KafkaError(ClientFailure(directory.errorCode, saying: nil, of: directory.logDir))
    totalBytes = directory.totalBytes < 0 ? nil : directory.totalBytes
    usableBytes = directory.usableBytes < 0 ? nil : directory.usableBytes
    isCordoned = directory.isCordoned
    replicas = .telling(directory.topics, \.name, \.partitions, \.partitionIndex) {
      Replica(size: $1.partitionSize, offsetLag: $1.offsetLag, isFuture: $1.isFutureKey)
    }
  }
}
