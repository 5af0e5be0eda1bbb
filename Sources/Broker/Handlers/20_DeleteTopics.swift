import ActaModel
import KafkaConfig
import KafkaWire
import LogStorage

/// DeleteTopics, versions 1–6. The topics are gone at the answer; their pages are freed afterwards.
///
/// Rights: DELETE of the cluster; or DESCRIBE and DELETE of each topic. Who may not describe a topic
/// does not learn whether it is there, nor the name that an id stands for.
///
/// - v5: an error message. v6: topics by name or by id, exactly one of the two.
struct DeleteTopicsHandler: Handler {
  let broker: Broker

  private struct Asked: Sendable {
    var name: String?
    var id: TopicID = .zero
    /// What an id stands for, once it is known that the client may know.
    var foundName: String?
  }

  func handle(
    _ request: DeleteTopicsRequest, _ context: RequestContext,
    respond: @escaping @Sendable (Outcome<DeleteTopicsResponse>) -> Void
  ) {
    var asked =
      context.version >= 6
      ? request.topics.map { Asked(name: $0.name, id: $0.topicID) }
      : request.topicNames.map { Asked(name: $0) }
    var seen: Set<TopicID> = []
    let mayDeleteAny = context.session.authorizeQuietly(.delete, .cluster)
    let found = asked.indices.map { index in
      Result { () throws(ProtocolError) in
        let found = try find(
          &asked[index], version: context.version, mayDeleteAny ? nil : context.session)
        guard seen.insert(found.id).inserted else {
          throw ProtocolError(.invalidRequest, "The request names topic '\(found.name)' twice.")
        }
        return found
      }
    }
    let finish: @Sendable ([Result<Topic, ProtocolError>]) -> Void = { [asked] results in
      var response = DeleteTopicsResponse()
      response.responses = zip(asked, results).map { Self.answer($0, $1) }
      respond(.response(response))
    }
    let topics = found.compactMap { try? $0.get() }
    guard !topics.isEmpty else { return finish(found) }
    broker.deleteTopics(topics) { deleted in
      finish(found.settled(with: deleted) { $0.name })
    }
  }

  /// - Parameter session: Whose rights to the topic count; `nil` if it may delete any.
  private func find(
    _ asked: inout Asked, version: Int16, _ session: Session?
  ) throws(ProtocolError) -> Topic {
    guard broker.config.deleteTopicEnable else {
      throw ProtocolError(
        version < 3 ? .invalidRequest : .topicDeletionDisabled, "Topic deletion is disabled.")
    }
    switch (asked.name, asked.id.isZero) {
    case (let name?, true):
      try session?.require(.describe, .topic(name))
      let topic = try broker.topic(named: name)
      try session?.require(.delete, .topic(name))
      return topic
    case (nil, false):
      let topic = try broker.topic(named: "", id: asked.id, byID: true)
      try session?.require(.describe, .topic(topic.name), isNamed: false)
      asked.foundName = topic.name
      try session?.require(.delete, .topic(topic.name))
      return topic
    case (nil, true):
      throw ProtocolError(.invalidRequest, "A topic needs a name or an id.")
    case (_?, false):
      throw ProtocolError(.invalidRequest, "A topic is named by name or by id, not by both.")
    }
  }

  private static func answer(
    _ asked: Asked, _ result: Result<Topic, ProtocolError>
  ) -> DeleteTopicsResponse.Topic {
    var answer = DeleteTopicsResponse.Topic()
    answer.name = asked.name ?? asked.foundName
    answer.topicID = asked.id
    switch result {
    case .success(let topic):
      answer.name = topic.name
      answer.topicID = topic.id
    case .failure(let error):
      answer.errorCode = error.code
      answer.errorMessage = error.message
    }
    return answer
  }
}
