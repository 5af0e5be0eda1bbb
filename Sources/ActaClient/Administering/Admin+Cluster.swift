import ActaModel
import ClientCore
import KafkaWire

extension Admin {
  /// The cluster's id, its controller and its brokers.
  ///
  /// - Parameter includeFencedBrokers: Whether brokers are told of that clients are kept away from. Needs Kafka 4.0.
  public func describeCluster(
    includeFencedBrokers: Bool = false
  ) async throws(KafkaError) -> ClusterDescription {
    try await perform { call throws(ClientFailure) in
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

  /// The cluster's features (KIP-584): which there are, and at which level they are used.
  ///
  /// - Parameter broker: Whom to ask; `nil` is any.
  public func describeFeatures(
    of broker: Int32? = nil
  ) async throws(KafkaError) -> FeatureMetadata {
    let response = try await askForVersions(of: broker, from: 3)
    // Ranges that are none say nothing.
    return FeatureMetadata(
      finalized: .telling(
        response.finalizedFeatures.filter { $0.minVersionLevel <= $0.maxVersionLevel }
      ) { ($0.name, $0.minVersionLevel...$0.maxVersionLevel) },
      finalizedEpoch: response.finalizedFeaturesEpoch < 0 ? nil : response.finalizedFeaturesEpoch,
      supported: .telling(
        response.supportedFeatures.filter { $0.minVersion <= $0.maxVersion }
      ) { ($0.name, $0.minVersion...$0.maxVersion) })
  }

  /// Which APIs a broker speaks, in which versions, by number.
  ///
  /// - Parameter broker: `nil` is any.
  public func apiVersions(
    of broker: Int32? = nil
  ) async throws(KafkaError) -> [APIVersionRange] {
    try await askForVersions(of: broker, from: 0).apiKeys.map { APIVersionRange($0) }
      .sorted { $0.key < $1.key }
  }

  private func askForVersions(
    of broker: Int32?, from oldest: Int16
  ) async throws(KafkaError) -> ApiVersionsResponse {
    let results = try await performEach { call throws(ClientFailure) in
      try await call.each([broker], by: .broker(\.self)) { node, brokers throws(ClientFailure) in
        var request = ApiVersionsRequest()
        request.clientSoftwareName = ClientIdentity.softwareName
        request.clientSoftwareVersion = ClientIdentity.softwareVersion
        let response = try await call.send(request, to: node, from: oldest)
        return .telling(brokers) { broker in
          (broker, .of(response.errorCode, nil, about: "API versions", response))
        }
      }
    }
    guard let response = results[broker] else {
      preconditionFailure("each thing that is asked about is told of")
    }
    return try response.get()
  }

  /// Where brokers keep logs, and how large these are.
  ///
  /// - Parameters:
  ///   - brokers: `nil` is all.
  ///   - partitions: `nil` is all.
  /// - Returns: By broker.
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
    return try await performEach { call throws(ClientFailure) in
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

extension APIVersionRange {
  fileprivate init(_ entry: ApiVersionsResponse.ApiVersion) {
    key = entry.apiKey
    name = APIName.word(of: entry.apiKey)
    minVersion = entry.minVersion
    maxVersion = entry.maxVersion
    let ours = APIKey(rawValue: entry.apiKey).flatMap { APIVersionTable.versions(of: $0)?.range }
    usableVersion = ours.flatMap { ours in
      let newest = min(ours.upperBound, entry.maxVersion)
      return newest >= max(ours.lowerBound, entry.minVersion) ? newest : nil
    }
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
    replicas = .telling(
      directory.topics.flatMap { topic in
        topic.partitions.map { (TopicPartition(topic.name, $0.partitionIndex), $0) }
      }
    ) { partition, replica in
      (
        partition,
        Replica(
          size: replica.partitionSize, offsetLag: replica.offsetLag, isFuture: replica.isFutureKey)
      )
    }
  }
}
