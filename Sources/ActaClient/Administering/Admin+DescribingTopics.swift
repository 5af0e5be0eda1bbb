import ActaModel
import ClientCore
import KafkaWire

extension Admin {
  /// Topics and their partitions: who leads them, where they are.
  ///
  /// - Parameters:
  ///   - names: The topics.
  ///   - partitionsPerResponse: How many a broker may tell of at once; it has a limit of its own.
  /// - Returns: By name; 3 for one that is not there.
  /// - Throws: `KafkaError` for what concerns all of it, as `Admin` says.
  public func describeTopics(
    _ names: some Sequence<String>, partitionsPerResponse: Int32 = 2_000
  ) async throws(KafkaError) -> [String: Result<TopicDescription, KafkaError>] {
    try await performEach("listNodes") { call throws(ClientFailure) in
      try await call.each(names, by: .anybody) { _, names throws(ClientFailure) in
        do throws(ClientFailure) {
          return try await call.pages(of: names, partitionsPerResponse)
        } catch  where error.reason == .unsupportedVersion {
          let answer = try await call.metadata(names.sorted().map { .init(named: $0) })
          return .telling(answer.topics) { topic in
            let name = topic.name ?? ""
            return (name, .of(topic.errorCode, nil, topic: name, TopicDescription(topic)))
          }
        }
      }
    }
  }

  /// The same for ids, as Kafka writes them. Needs a broker that can be asked so, which Kafka's can since 3.1.
  ///
  /// - Returns: By id; 100 for one that is not there.
  /// - Throws: `KafkaError` for what is no id.
  public func describeTopics(
    ids: some Sequence<String>
  ) async throws(KafkaError) -> [String: Result<TopicDescription, KafkaError>] {
    let texts = try TopicIDText.texts(of: ids)
    return try await performEach("describeTopicsWithIds") { call throws(ClientFailure) in
      try await call.each(texts.values, by: .anybody) { _, open throws(ClientFailure) in
        let topics = open.compactMap { TopicIDText.id($0) }.map { id in
          var topic = MetadataRequest.Topic()
          topic.topicID = id
          topic.name = nil
          return topic
        }
        let answer = try await call.metadata(topics, from: 12)
        return .telling(answer.topics) { topic in
          let text = texts[topic.topicID] ?? ""
          return (text, .of(topic.errorCode, nil, topic: text, TopicDescription(topic)))
        }
      }
    }
  }
}

extension AdminCall {
  /// Asks any broker for topics page by page: each says where the next begins.
  fileprivate func pages(
    of names: [String], _ partitionsPerResponse: Int32
  ) async throws(ClientFailure) -> [String: Result<TopicDescription, ClientFailure>] {
    var request = DescribeTopicPartitionsRequest()
    request.responsePartitionLimit = max(1, partitionsPerResponse)
    request.topics = names.sorted().map { name in
      var topic = DescribeTopicPartitionsRequest.Topic()
      topic.name = name
      return topic
    }
    var topics: [String: DescribeTopicPartitionsResponse.Topic] = [:]
    repeat {
      let cursor = request.cursor
      let page = try await send(request, to: nil)
      for topic in page.topics {
        let name = topic.name ?? ""
        let before = topics[name]?.partitions ?? []
        topics[name] = topic
        topics[name]?.partitions = before + topic.partitions
      }
      if let cursor, page.nextCursor == cursor {
        throw ClientFailure(.malformedAnswer, "A broker's list of partitions has no end.")
      }
      request.cursor = page.nextCursor
    } while request.cursor != nil
    return .telling(topics) { name, topic in
      (name, .of(topic.errorCode, nil, topic: name, TopicDescription(topic)))
    }
  }
}

// A partition's own code says nothing that its leader and replicas do not.

extension TopicDescription {
  fileprivate init(_ topic: DescribeTopicPartitionsResponse.Topic) {
    name = topic.name ?? ""
    topicID = TopicIDText.text(of: topic.topicID)
    isInternal = topic.isInternal
    partitions = topic.partitions.map { partition in
      Partition(
        partition: partition.partitionIndex,
        leader: partition.leaderID < 0 ? nil : partition.leaderID,
        leaderEpoch: partition.leaderEpoch < 0 ? nil : partition.leaderEpoch,
        replicas: partition.replicaNodes, inSyncReplicas: partition.isrNodes,
        eligibleLeaderReplicas: partition.eligibleLeaderReplicas,
        lastKnownEligibleLeaderReplicas: partition.lastKnownELR,
        offlineReplicas: partition.offlineReplicas)
    }.sorted { $0.partition < $1.partition }
  }

  fileprivate init(_ topic: MetadataResponse.Topic) {
    name = topic.name ?? ""
    topicID = TopicIDText.text(of: topic.topicID)
    isInternal = topic.isInternal
    partitions = topic.partitions.map { partition in
      Partition(
        partition: partition.partitionIndex,
        leader: partition.leaderID < 0 ? nil : partition.leaderID,
        leaderEpoch: partition.leaderEpoch < 0 ? nil : partition.leaderEpoch,
        replicas: partition.replicaNodes, inSyncReplicas: partition.isrNodes,
        eligibleLeaderReplicas: nil, lastKnownEligibleLeaderReplicas: nil,
        offlineReplicas: partition.offlineReplicas)
    }.sorted { $0.partition < $1.partition }
  }
}
