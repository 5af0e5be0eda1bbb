import ActaModel
import KafkaConfig
import KafkaWire
import LogStorage

/// DescribeQuorum, versions 0–2: one voter, which is this node, and leads. Consoles take a cluster whose
/// leader is not among its voters for one that is not there.
///
/// In Kafka the controllers have a log of their own; here a start is what is in it: the leader epoch
/// counts them. Whoever asks for anything but that log is answered as Kafka does.
///
/// Rights: DESCRIBE of the cluster.
///
/// - v1: when the voter last had everything, which is now. v2: messages, and where the controller is:
///   there is no other address than the one that the client knows.
struct DescribeQuorumHandler: Handler {
  let broker: Broker

  private static let logName = "__cluster_metadata"

  func handle(
    _ request: DescribeQuorumRequest, _ context: RequestContext,
    respond: @escaping @Sendable (Outcome<DescribeQuorumResponse>) -> Void
  ) {
    var response = DescribeQuorumResponse()
    guard context.session.authorize(.describe, .cluster) else {
      let refusal = context.session.refusal(of: .describe, .cluster)
      response.errorCode = refusal.code
      response.errorMessage = refusal.message
      return respond(.response(response))
    }
    response.errorMessage = ""
    guard Self.asksForTheLog(request) else {
      let bytes = AnswerSize.sum(request.topics) { topic in
        AnswerSize.element + AnswerSize.text(topic.topicName)
          + topic.partitions.count * 2 * AnswerSize.element
      }
      return respond(
        .large(
          LargeAnswer(bytes: bytes) { [response] in
            var response = response
            response.topics = request.topics.map { .init(refusing: $0) }
            return response
          }))
    }
    var topic = DescribeQuorumResponse.Topic()
    topic.topicName = Self.logName
    topic.partitions = [partition()]
    response.topics = [topic]
    response.nodes = [node(context)]
    respond(.response(response))
  }

  private static func asksForTheLog(_ request: DescribeQuorumRequest) -> Bool {
    request.topics.count == 1 && request.topics[0].topicName == logName
      && request.topics[0].partitions.map(\.partitionIndex) == [0]
  }

  private func partition() -> DescribeQuorumResponse.Partition {
    let (node, epoch) = (broker.config.nodeID, broker.storage.identity.leaderEpoch)
    var voter = DescribeQuorumResponse.Replica()
    voter.replicaID = node
    voter.logEndOffset = Int64(epoch.value) + 1
    voter.lastFetchTimestamp = broker.wallClock()
    voter.lastCaughtUpTimestamp = voter.lastFetchTimestamp
    var partition = DescribeQuorumResponse.Partition()
    partition.errorMessage = ""
    partition.leaderID = node
    partition.leaderEpoch = epoch.value
    partition.highWatermark = voter.logEndOffset
    partition.currentVoters = [voter]
    return partition
  }

  private func node(_ context: RequestContext) -> DescribeQuorumResponse.Node {
    let endpoint = broker.endpoint(for: context.connection)
    var listener = DescribeQuorumResponse.Listener()
    listener.name = context.connection.listenerName
    listener.host = endpoint.host
    listener.port = UInt16(clamping: endpoint.port)
    var node = DescribeQuorumResponse.Node()
    node.nodeID = broker.config.nodeID
    node.listeners = [listener]
    return node
  }
}

extension DescribeQuorumResponse.Topic {
  fileprivate init(refusing asked: DescribeQuorumRequest.Topic) {
    self.init()
    topicName = asked.topicName
    partitions = asked.partitions.map { asked in
      var partition = DescribeQuorumResponse.Partition()
      partition.partitionIndex = asked.partitionIndex
      partition.errorCode = .unknownTopicOrPartition
      partition.errorMessage = "This server does not host this topic-partition."
      return partition
    }
  }
}
