import ActaModel
import KafkaConfig
import KafkaWire
import LogStorage

/// DescribeTopicPartitions, version 0: topics in pages. Sorted by name; a cursor names the topic and
/// partition where the next page begins.
///
/// Rights: DESCRIBE of each topic. Whoever names one without it is refused, whether it is there or
/// not; whoever asks for all does not see it.
struct DescribeTopicPartitionsHandler: Handler {
  let broker: Broker

  func handle(
    _ request: DescribeTopicPartitionsRequest, _ context: RequestContext,
    respond: @escaping @Sendable (Outcome<DescribeTopicPartitionsResponse>) -> Void
  ) {
    let limit = min(max(1, Int(request.responsePartitionLimit)), broker.config.maxRequestPartitions)
    switch names(in: request, context.session) {
    case .failure: respond(.response(refusal(of: request)))
    case .success(let names):
      let refused =
        request.topics.isEmpty
        ? [] : names.filter { !context.session.authorize(.describe, .topic($0)) }
      var page = page(of: names, but: Set(refused), from: request.cursor, limit: limit)
      tellOperations(in: &page, to: context.session)
      respond(.response(page))
    }
  }

  /// The topics of this page and those that follow, sorted; the request's cursor may cut the first.
  private func names(
    in request: DescribeTopicPartitionsRequest, _ session: Session
  ) -> Result<[String], ProtocolError> {
    var names =
      request.topics.isEmpty
      ? broker.storage.catalog().topics.map(\.name).filter {
        session.authorizeQuietly(.describe, .topic($0))
      }
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
    of names: [String], but refused: Set<String>, from cursor: TopicPartitionCursor?, limit: Int
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
      guard !refused.contains(name), let topic = try? broker.topic(named: name) else {
        response.topics.append(Self.missing(name, isRefused: refused.contains(name)))
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

  private static func missing(
    _ name: String, isRefused: Bool
  ) -> DescribeTopicPartitionsResponse.Topic {
    var answer = DescribeTopicPartitionsResponse.Topic()
    answer.name = name
    if isRefused {
      answer.errorCode = .topicAuthorizationFailed
    } else {
      let isLegal = TopicName.objection(to: name) == nil
      answer.errorCode = isLegal ? .unknownTopicOrPartition : .invalidTopicException
    }
    return answer
  }

  /// Of topics that are not there, too, but not of those that the client may not know of.
  private func tellOperations(
    in response: inout DescribeTopicPartitionsResponse, to session: Session
  ) {
    for index in response.topics.indices {
      guard response.topics[index].errorCode != .topicAuthorizationFailed,
        let name = response.topics[index].name
      else { continue }
      response.topics[index].topicAuthorizedOperations = session.authorizedOperations(
        on: .topic(name))
    }
  }

  private func answer(
    _ topic: Topic, partitions: Range<Int>
  ) -> DescribeTopicPartitionsResponse.Topic {
    var answer = DescribeTopicPartitionsResponse.Topic()
    answer.name = topic.name
    answer.topicID = topic.id
    answer.isInternal = topic.isInternal
    answer.partitions = partitions.map { number in
      var partition = DescribeTopicPartitionsResponse.Partition()
      partition.partitionIndex = Int32(number)
      partition.leaderID = broker.config.nodeID
      partition.leaderEpoch = broker.storage.identity.leaderEpoch.value
      partition.replicaNodes = [broker.config.nodeID]
      partition.isrNodes = [broker.config.nodeID]
      return partition
    }
    return answer
  }
}
