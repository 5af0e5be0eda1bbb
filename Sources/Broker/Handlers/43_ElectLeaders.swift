import ActaModel
import KafkaWire
import LogStorage

/// ElectLeaders, versions 0–2: every partition is led by the one replica it has, so there is nothing to
/// elect.
///
/// Rights: ALTER of the cluster.
///
/// - v1: preferred leaders (0) or any (1). Null asks for every partition of every topic; topics are then
///   told with those that were elected, which are none.
struct ElectLeadersHandler: Handler {
  let broker: Broker

  func handle(
    _ request: ElectLeadersRequest, _ context: RequestContext,
    respond: @escaping @Sendable (Outcome<ElectLeadersResponse>) -> Void
  ) {
    let refusal = refusal(of: request, context)
    let catalog = broker.storage.catalog()
    guard let asked = request.topicPartitions else {
      let names = refusal == nil ? catalog.topics.map(\.name) : []
      let bytes = AnswerSize.sum(names) { AnswerSize.element + AnswerSize.text($0) }
      let answer = LargeAnswer(bytes: bytes) {
        Self.response(names.map { Self.topic($0, []) }, refusal)
      }
      return respond(.large(answer))
    }
    let bytes = AnswerSize.sum(asked) { topic in
      let part = AnswerSize.element + AnswerSize.text(refusal?.message ?? topic.topic)
      return AnswerSize.element + AnswerSize.text(topic.topic) + topic.partitions.count * part
    }
    respond(
      .large(
        LargeAnswer(bytes: bytes) {
          var room = AnswerRoom()
          let topics = asked.map { topic in
            let found = catalog[topic.topic]
            return Self.topic(
              topic.topic,
              topic.partitions.map { number in
                Self.partition(
                  number, refusal ?? Self.verdict(on: number, of: found, topic.topic), &room)
              })
          }
          return Self.response(topics, refusal)
        }))
  }

  private func refusal(
    of request: ElectLeadersRequest, _ context: RequestContext
  ) -> ProtocolError? {
    guard context.session.authorize(.alter, .cluster) else {
      return context.session.refusal(of: .alter, .cluster)
    }
    guard context.version == 0 || request.electionType == 0 || request.electionType == 1 else {
      return ProtocolError(.invalidRequest, "Unknown election type \(request.electionType)")
    }
    return nil
  }

  private static func verdict(
    on number: Int32, of topic: Topic?, _ name: String
  ) -> ProtocolError {
    guard let topic else {
      return ProtocolError(.unknownTopicOrPartition, "No such topic as \(name)")
    }
    guard topic.partition(number) != nil else {
      return ProtocolError(.unknownTopicOrPartition, "No such partition as \(name)-\(number)")
    }
    return ProtocolError(
      .electionNotNeeded, "Leader election not needed for topic partition.")
  }

  private static func partition(
    _ number: Int32, _ verdict: ProtocolError, _ room: inout AnswerRoom
  ) -> ElectLeadersResponse.Partition {
    var partition = ElectLeadersResponse.Partition()
    partition.partitionID = number
    partition.errorCode = verdict.code
    // The sentence repeats what the code says: where there is no room for all, it is left out.
    if room.take(AnswerSize.element + AnswerSize.text(verdict.message)) {
      partition.errorMessage = verdict.message
    }
    return partition
  }

  private static func topic(
    _ name: String, _ partitions: [ElectLeadersResponse.Partition]
  ) -> ElectLeadersResponse.Topic {
    var topic = ElectLeadersResponse.Topic()
    topic.topic = name
    topic.partitionResult = partitions
    return topic
  }

  private static func response(
    _ topics: [ElectLeadersResponse.Topic], _ refusal: ProtocolError?
  ) -> ElectLeadersResponse {
    var response = ElectLeadersResponse()
    response.errorCode = refusal?.code ?? .none
    response.replicaElectionResults = topics
    return response
  }
}
