import ActaModel
import KafkaWire
import LogStorage

/// DescribeTopicPartitions, version 0: topics in pages. Sorted by name; a cursor names the topic and
/// partition where the next page begins.
struct DescribeTopicPartitionsHandler: Handler {
  let broker: Broker

  func handle(
    _ request: DescribeTopicPartitionsRequest, _ context: RequestContext,
    respond: @escaping @Sendable (Outcome<DescribeTopicPartitionsResponse>) -> Void
  ) {
    let limit = min(max(1, Int(request.responsePartitionLimit)), broker.config.maxRequestPartitions)
    switch names(in: request) {
    case .failure: respond(.response(refusal(of: request)))
    case .success(let names):
      respond(.response(page(of: names, from: request.cursor, limit: limit)))
    }
  }

  /// The topics of this page and those that follow, sorted; the request's cursor may cut the first.
  private func names(
    in request: DescribeTopicPartitionsRequest
  ) -> Result<[String], ProtocolError> {
    var names =
      request.topics.isEmpty
      ? broker.storage.catalog().topics.map(\.name)
      : Set(request.topics.map(\.name)).sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) }
    guard let cursor = request.cursor else { return .success(names) }
    guard cursor.partitionIndex >= 0 else { return .failure(.init(.invalidRequest)) }
    guard request.topics.isEmpty || names.contains(cursor.topicName) else {
      return .failure(.init(.invalidRequest))
    }
    names.removeAll { $0.utf8.lexicographicallyPrecedes(cursor.topicName.utf8) }
    return .success(names)
  }

  private func refusal(
    of request: DescribeTopicPartitionsRequest
  ) -> DescribeTopicPartitionsResponse {
    var response = DescribeTopicPartitionsResponse()
    response.topics = request.topics.map { asked in
      var answer = DescribeTopicPartitionsResponse.Topic()
      answer.name = asked.name
      answer.errorCode = .invalidRequest
      return answer
    }
    return response
  }

  private func page(
    of names: [String], from cursor: TopicPartitionCursor?, limit: Int
  ) -> DescribeTopicPartitionsResponse {
    var response = DescribeTopicPartitionsResponse()
    var room = limit
    // The cursor's topic may be gone; then the partition it names is of no other topic.
    var first = cursor.map { $0.topicName == names.first ? Int($0.partitionIndex) : 0 } ?? 0
    for name in names {
      guard room > 0 else {
        response.nextCursor = Self.cursor(name, partition: 0)
        break
      }
      guard let topic = try? broker.topic(named: name) else {
        response.topics.append(Self.missing(name))
        first = 0
        continue
      }
      let end = min(topic.partitions.count, first + room)
      response.topics.append(answer(topic, partitions: min(first, end)..<end))
      room -= max(0, end - first)
      if end < topic.partitions.count {
        response.nextCursor = Self.cursor(name, partition: Int32(end))
        break
      }
      first = 0
    }
    return response
  }

  private static func cursor(
    _ name: String, partition: Int32
  ) -> TopicPartitionCursor {
    var cursor = TopicPartitionCursor()
    cursor.topicName = name
    cursor.partitionIndex = partition
    return cursor
  }

  private static func missing(_ name: String) -> DescribeTopicPartitionsResponse.Topic {
    var answer = DescribeTopicPartitionsResponse.Topic()
    answer.name = name
    answer.errorCode =
      TopicName.objection(to: name) == nil ? .unknownTopicOrPartition : .invalidTopicException
    return answer
  }

  private func answer(
    _ topic: Topic, partitions: Range<Int>
  ) -> DescribeTopicPartitionsResponse.Topic {
    var answer = DescribeTopicPartitionsResponse.Topic()
    answer.name = topic.name
    answer.topicID = topic.id
    answer.isInternal = topic.isInternal
    answer.topicAuthorizedOperations = AuthorizedOperations.topic
    answer.partitions = partitions.map { number in
      var partition = DescribeTopicPartitionsResponse.Partition()
      partition.partitionIndex = Int32(number)
      partition.leaderID = broker.config.nodeID
      partition.leaderEpoch = broker.storage.identity.leaderEpoch
      partition.replicaNodes = [broker.config.nodeID]
      partition.isrNodes = [broker.config.nodeID]
      return partition
    }
    return answer
  }
}
