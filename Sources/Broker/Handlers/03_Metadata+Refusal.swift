import ActaModel
import KafkaWire

extension MetadataResponse {
  /// The answer to a request that asks by id before version 12, in which that is not yet possible, or
  /// by nothing; `nil` if it does not. As in Kafka it is refused as a whole, and not even the broker
  /// is told: a client that took its topics for missing would go on asking.
  init?(refusing request: MetadataRequest, version: Int16) {
    let topics = request.topics ?? []
    guard version < 12, topics.contains(where: { $0.name == nil || !$0.topicID.isZero }) else {
      return nil
    }
    self.init()
    controllerID = -1
    self.topics = topics.map { asked in
      var answer = Topic()
      answer.errorCode = .invalidRequest
      answer.name = asked.name ?? ""
      answer.topicID = asked.topicID
      return answer
    }
  }
}
