import ActaModel
import Coordination
import KafkaWire

/// ConsumerGroupHeartbeat, versions 0–1: the whole life of a member of a consumer group: it joins,
/// subscribes, is given partitions, gives them up, and leaves (KafkaWire/PROTOCOL.md §13, KIP-848).
///
/// Rights: READ of the group, DESCRIBE of each topic that the member names. Not of what its pattern
/// matches: the group looks at that whenever topics come and go, in no member's name.
///
/// - v0: a member that joins without an id is given one. v1: it brings its own; a subscription may
///   be a pattern.
struct ConsumerGroupHeartbeatHandler: Handler {
  let broker: Broker

  func handle(
    _ request: ConsumerGroupHeartbeatRequest, _ context: RequestContext,
    respond: @escaping @Sendable (Outcome<ConsumerGroupHeartbeatResponse>) -> Void
  ) {
    do throws(ProtocolError) {
      try Self.check(request, context.session)
    } catch {
      let refusal = ConsumerHeartbeatReply(error: error.code, message: error.message)
      return respond(.response(ConsumerGroupHeartbeatResponse(refusal)))
    }
    let heartbeat = heartbeat(request, context)
    broker.groups.perform { coordinator, turn, _ in
      coordinator.heartbeat(heartbeat, &turn)
    } completion: { result in
      switch result {
      case .success(let reply): respond(.response(ConsumerGroupHeartbeatResponse(reply)))
      case .failure(let error):
        let refusal = ConsumerHeartbeatReply(error: error.code, message: error.message)
        respond(.response(ConsumerGroupHeartbeatResponse(refusal)))
      }
    }
  }

  private static func check(
    _ request: ConsumerGroupHeartbeatRequest, _ session: Session
  ) throws(ProtocolError) {
    try session.require(.read, .group(request.groupID))
    for name in request.subscribedTopicNames ?? [] { try session.require(.describe, .topic(name)) }
  }

  private func heartbeat(
    _ request: ConsumerGroupHeartbeatRequest, _ context: RequestContext
  ) -> ConsumerHeartbeat {
    let isNew = context.version == 0 && request.memberEpoch == 0 && request.memberID.isEmpty
    return ConsumerHeartbeat(
      groupID: request.groupID, memberID: isNew ? broker.freshID() : request.memberID,
      memberEpoch: request.memberEpoch, instanceID: request.instanceID, rackID: request.rackID,
      rebalanceTimeoutMilliseconds: request.rebalanceTimeoutMilliseconds,
      subscribedTopics: request.subscribedTopicNames,
      subscribedRegex: request.subscribedTopicRegex, assignor: request.serverAssignor,
      owned: request.topicPartitions.map { topics in
        Dictionary(topics.map { ($0.topicID, Set($0.partitions)) }) { $0.union($1) }
      },
      client: context.session.client)
  }
}

extension ConsumerGroupHeartbeatResponse {
  fileprivate init(_ reply: ConsumerHeartbeatReply) {
    self.init()
    errorCode = reply.error
    errorMessage = reply.errorMessage
    memberID = reply.memberID
    memberEpoch = reply.memberEpoch
    heartbeatIntervalMilliseconds = reply.heartbeatIntervalMilliseconds
    assignment = reply.assignment.map { Assignment($0) }
  }
}

extension ConsumerGroupHeartbeatResponse.Assignment {
  fileprivate init(_ partitions: [TopicID: Set<Int32>]) {
    self.init()
    topicPartitions = partitions.map { id, numbers in
      var topic = ConsumerGroupHeartbeatResponse.TopicPartitions()
      topic.topicID = id
      topic.partitions = numbers.sorted()
      return topic
    }.sorted { ($0.topicID.high, $0.topicID.low) < ($1.topicID.high, $1.topicID.low) }
  }
}
