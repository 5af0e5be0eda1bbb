import ActaModel
import KafkaConfig
import KafkaWire
import LogStorage

/// AlterPartitionReassignments, versions 0–1: every partition is on the one node there is, and can be
/// moved nowhere else.
///
/// Rights: ALTER of the cluster.
///
/// - v1: whether the number of replicas may change, which it cannot.
struct AlterPartitionReassignmentsHandler: Handler {
  let broker: Broker

  func handle(
    _ request: AlterPartitionReassignmentsRequest, _ context: RequestContext,
    respond: @escaping @Sendable (Outcome<AlterPartitionReassignmentsResponse>) -> Void
  ) {
    guard context.session.authorize(.alter, .cluster) else {
      let refusal = context.session.refusal(of: .alter, .cluster)
      var response = AlterPartitionReassignmentsResponse()
      response.errorCode = refusal.code
      response.errorMessage = refusal.message
      return respond(.response(response))
    }
    let (catalog, node) = (broker.storage.catalog(), broker.config.nodeID)
    let bytes = AnswerSize.sum(request.topics) { topic in
      AnswerSize.element + AnswerSize.text(topic.name)
        + topic.partitions.count * (AnswerSize.element + AnswerSize.text(topic.name))
    }
    respond(
      .large(
        LargeAnswer(bytes: bytes) {
          var response = AlterPartitionReassignmentsResponse()
          response.allowReplicationFactorChange = request.allowReplicationFactorChange
          if request.topics.isEmpty { response.errorMessage = "" }
          var room = AnswerRoom()
          response.responses = request.topics.map { topic in
            Self.answer(topic, catalog[topic.name], onlyBroker: node, &room)
          }
          return response
        }))
  }

  private static func answer(
    _ asked: AlterPartitionReassignmentsRequest.Topic, _ found: Topic?, onlyBroker node: Int32,
    _ room: inout AnswerRoom
  ) -> AlterPartitionReassignmentsResponse.Topic {
    var answer = AlterPartitionReassignmentsResponse.Topic()
    answer.name = asked.name
    answer.partitions = asked.partitions.map { partition in
      var data = AlterPartitionReassignmentsResponse.Partition()
      data.partitionIndex = partition.partitionIndex
      do throws(ProtocolError) {
        try check(partition, of: asked.name, found, onlyBroker: node)
      } catch {
        data.errorCode = error.code
        // The sentence repeats what the code says: where there is no room for all, it is left out.
        if room.take(AnswerSize.element + AnswerSize.text(error.message)) {
          data.errorMessage = error.message
        }
      }
      return data
    }
    return answer
  }

  /// In Kafka's order and words.
  private static func check(
    _ asked: AlterPartitionReassignmentsRequest.Partition, of name: String, _ topic: Topic?,
    onlyBroker node: Int32
  ) throws(ProtocolError) {
    guard let topic else {
      throw ProtocolError(.unknownTopicOrPartition, "Unable to find a topic named \(name).")
    }
    guard topic.partition(asked.partitionIndex) != nil else {
      throw ProtocolError(
        .unknownTopicOrPartition, "Unable to find partition \(name):\(asked.partitionIndex).")
    }
    guard let replicas = asked.replicas else { throw ProtocolError(.noReassignmentInProgress) }
    try ReplicaAssignment.check(replicas, onlyBroker: node)
  }
}
