import ActaModel
import KafkaWire
import LogStorage

/// OffsetForLeaderEpoch, versions 2–4: where an epoch ends, so that a consumer can tell whether the
/// log below its position is still the one it read (KIP-320; KafkaWire/PROTOCOL.md §8).
///
/// Rights: CLUSTER_ACTION, or DESCRIBE of each topic.
struct OffsetForLeaderEpochHandler: Handler {
  let broker: Broker

  func handle(
    _ request: OffsetForLeaderEpochRequest, _ context: RequestContext,
    respond: @escaping @Sendable (Outcome<OffsetForLeaderEpochResponse>) -> Void
  ) {
    let finish: @Sendable ([OffsetForLeaderEpochResponse.EpochEndOffset]) -> Void = { answers in
      respond(
        .large(
          LargeAnswer(bytes: answers.count * AnswerSize.element) {
            Self.response(to: request, answers)
          }))
    }
    let session = context.session
    let mayAskAny = session.authorizeQuietly(.clusterAction, .cluster)
    let asked = request.topics.flatMap { topic in
      let found = Result { () throws(ProtocolError) in
        if !mayAskAny { try session.require(.describe, .topic(topic.topic)) }
        return try broker.topic(named: topic.topic)
      }
      return topic.partitions.map { (found, $0) }
    }
    guard !asked.isEmpty else { return finish([]) }
    let gather = Gather<OffsetForLeaderEpochResponse.EpochEndOffset>(
      count: asked.count, completion: finish)
    for (index, (topic, partition)) in asked.enumerated() {
      find(partition, of: topic) { result in
        gather.put(.init(answering: partition.partition, result), at: index)
      }
    }
  }

  private static func response(
    to request: OffsetForLeaderEpochRequest,
    _ answers: [OffsetForLeaderEpochResponse.EpochEndOffset]
  ) -> OffsetForLeaderEpochResponse {
    var next = answers.makeIterator()
    var response = OffsetForLeaderEpochResponse()
    response.topics = request.topics.map { topic in
      var answer = OffsetForLeaderEpochResponse.Topic()
      answer.topic = topic.topic
      answer.partitions = topic.partitions.compactMap { _ in next.next() }
      return answer
    }
    return response
  }

  private func find(
    _ partition: OffsetForLeaderEpochRequest.Partition, of found: Checked<Topic>,
    completion: @escaping @Sendable (Result<EpochEnd?, ProtocolError>) -> Void
  ) {
    do throws(ProtocolError) {
      let topic = try found.get()
      let id = try broker.partition(partition.partition, of: topic)
      try broker.checkLeaderEpoch(partition.currentLeaderEpoch)
      broker.storage.endOfEpoch(LeaderEpoch(partition.leaderEpoch), in: id) { result in
        completion(result.mapError { ProtocolError($0, about: topic.name) })
      }
    } catch {
      completion(.failure(error))
    }
  }
}

extension OffsetForLeaderEpochResponse.EpochEndOffset {
  fileprivate init(answering index: Int32, _ result: Result<EpochEnd?, ProtocolError>) {
    self.init()
    partition = index
    leaderEpoch = -1
    endOffset = -1
    switch result {
    case .success(let end?):
      leaderEpoch = end.epoch.value
      endOffset = end.endOffset.value
    case .success(nil): break
    case .failure(let error): errorCode = error.code
    }
  }
}
