import ActaModel
import KafkaWire
import LogStorage

/// ListOffsets, versions 1–11: an offset by position or by time (KafkaWire/PROTOCOL.md §8).
/// Who reads only what is committed is told of the last stable offset in place of the high watermark, and of
/// no record at or above it.
///
/// Rights: DESCRIBE of each topic.
///
/// - v2: isolation level. v4: leader epochs. v7: -3, the largest timestamp. v8: -4, earliest local.
///   v9: -5, latest tiered. v11: -6, earliest pending upload. Without tiering -4 is -2, and -5 and
///   -6 have no answer.
struct ListOffsetsHandler: Handler {
  let broker: Broker

  func handle(
    _ request: ListOffsetsRequest, _ context: RequestContext,
    respond: @escaping @Sendable (Outcome<ListOffsetsResponse>) -> Void
  ) {
    var request = request
    let duplicates = request.mergeRepeats()
    let asked = request.topics.flatMap { topic in
      let right = Result { () throws(ProtocolError) in
        try context.session.require(.describe, .topic(topic.name))
      }
      return topic.partitions.map { (topic, right, $0) }
    }
    let finish: @Sendable ([ListOffsetsResponse.Partition]) -> Void = { [request] answers in
      respond(
        .large(
          LargeAnswer(bytes: answers.count * AnswerSize.element) {
            Self.response(to: request, answers)
          }))
    }
    guard !asked.isEmpty else { return finish([]) }
    let gather = Gather<ListOffsetsResponse.Partition>(count: asked.count, completion: finish)
    for (index, (topic, right, partition)) in asked.enumerated() {
      find(
        partition, of: topic, right, isDuplicate: duplicates[index],
        isReplica: request.replicaID >= 0, IsolationLevel(wire: request.isolationLevel),
        version: context.version
      ) { result in
        gather.put(.init(answering: partition.partitionIndex, result), at: index)
      }
    }
  }

  private static func response(
    to request: ListOffsetsRequest, _ answers: [ListOffsetsResponse.Partition]
  ) -> ListOffsetsResponse {
    var next = answers.makeIterator()
    var response = ListOffsetsResponse()
    response.topics = request.topics.lazy.filter { !$0.partitions.isEmpty }.map { topic in
      var answer = ListOffsetsResponse.Topic()
      answer.name = topic.name
      answer.partitions = topic.partitions.compactMap { _ in next.next() }
      return answer
    }
    return response
  }

  private func find(
    _ partition: ListOffsetsRequest.Partition, of wireTopic: ListOffsetsRequest.Topic,
    _ right: Checked<Void>, isDuplicate: Bool, isReplica: Bool, _ isolation: IsolationLevel,
    version: Int16,
    completion: @escaping @Sendable (Result<TimestampedOffset?, ProtocolError>) -> Void
  ) {
    do throws(ProtocolError) {
      try right.get()
      if isDuplicate { throw ProtocolError(.invalidRequest, "A partition is asked for twice.") }
      if isReplica { throw ProtocolError(.invalidRequest, "This broker has no replicas.") }
      guard let position = Position(timestamp: partition.timestamp, version: version) else {
        throw ProtocolError(.unsupportedVersion)
      }
      let topic = try broker.topic(named: wireTopic.name)
      let id = try broker.partition(partition.partitionIndex, of: topic)
      try broker.checkLeaderEpoch(partition.currentLeaderEpoch)
      resolve(
        position, in: id, of: topic, isolation, bounds: try bounds(of: id), completion: completion)
    } catch {
      completion(.failure(error))
    }
  }

  private func bounds(of id: PartitionID) throws(ProtocolError) -> LogBounds {
    guard let bounds = broker.storage.bounds(of: id) else {
      throw ProtocolError(.unknownTopicOrPartition)
    }
    return bounds
  }

  private func resolve(
    _ position: Position, in id: PartitionID, of topic: Topic, _ isolation: IsolationLevel,
    bounds: LogBounds,
    completion: @escaping @Sendable (Result<TimestampedOffset?, ProtocolError>) -> Void
  ) {
    let epoch = broker.storage.identity.leaderEpoch
    switch position {
    case .latest:
      // What somebody has been told of is there for whoever asks next.
      broker.storage.whenVisible([id]) { visible in
        completion(
          Result { () throws(ProtocolError) in
            try visible.mapError { ProtocolError($0, about: topic.name) }.get()
            return .init(
              offset: try self.bounds(of: id).end(for: isolation), timestamp: -1,
              leaderEpoch: epoch)
          })
      }
    case .earliest:
      completion(
        .success(.init(offset: bounds.logStartOffset, timestamp: -1, leaderEpoch: epoch)))
    case .notTiered:
      completion(.success(nil))
    case .byTime(let query):
      broker.storage.lookUp(query, in: id, isolation: isolation) { result in
        completion(result.mapError { ProtocolError($0, about: topic.name) })
      }
    }
  }

  /// The special values of the timestamp field.
  private enum Position {
    case latest
    case earliest
    case notTiered
    case byTime(TimestampQuery)

    init?(timestamp: Int64, version: Int16) {
      switch (timestamp, version) {
      case (0..., _): self = .byTime(.atOrAfter(timestamp))
      case (-1, _): self = .latest
      case (-2, _), (-4, 8...): self = .earliest
      case (-3, 7...): self = .byTime(.maximum)
      case (-5, 9...), (-6, 11...): self = .notTiered
      default: return nil
      }
    }
  }
}

extension ListOffsetsRequest {
  /// A topic, and a partition of it, is answered once however often it is named, as in Kafka. The
  /// result says of each partition, in order, whether it was named more than once.
  fileprivate mutating func mergeRepeats() -> [Bool] {
    let names = Distinct(topics.lazy.map { ExactText($0.name) })
    var merged = names.items.map { name in
      var topic = Topic()
      topic.name = name.text
      return topic
    }
    for (topic, place) in zip(topics, names.places) {
      merged[place].partitions.append(contentsOf: topic.partitions)
    }
    var areRepeated: [Bool] = []
    topics = merged.map { topic in
      let numbers = Distinct(topic.partitions.lazy.map(\.partitionIndex))
      areRepeated.append(contentsOf: numbers.counts.lazy.map { $0 > 1 })
      var topic = topic
      var firsts: [Partition] = []
      for (partition, place) in zip(topic.partitions, numbers.places) where place == firsts.count {
        firsts.append(partition)
      }
      topic.partitions = firsts
      return topic
    }
    return areRepeated
  }
}

extension ListOffsetsResponse.Partition {
  fileprivate init(answering index: Int32, _ result: Result<TimestampedOffset?, ProtocolError>) {
    self.init()
    partitionIndex = index
    timestamp = -1
    offset = -1
    leaderEpoch = -1
    switch result {
    case .success(let found?):
      timestamp = found.timestamp
      offset = found.offset.value
      leaderEpoch = found.leaderEpoch.value
    case .success(nil): break
    case .failure(let error): errorCode = error.code
    }
  }
}
