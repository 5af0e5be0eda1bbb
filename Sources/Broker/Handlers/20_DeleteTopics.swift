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
    var asked = DistinctTopics(
      context.version >= 6
        ? request.topics.map { Asked(name: $0.name, id: $0.topicID) }
        : request.topicNames.map { Asked(name: $0) })
    let mayDeleteAny = context.session.authorizeQuietly(.delete, .cluster)
    let found = asked.items.indices.map { index in
      Result { () throws(ProtocolError) in
        try check(asked.items[index], repeats: asked.repeats[index], version: context.version)
        return try find(&asked.items[index], mayDeleteAny ? nil : context.session)
      }
    }
    delete(asked.settled(found), by: context.session.author(.topicDeletion), respond)
  }

  private func delete(
    _ checked: [(asked: Asked, topic: Checked<Topic>)], by author: ConfigAuthor,
    _ respond: @escaping @Sendable (Outcome<DeleteTopicsResponse>) -> Void
  ) {
    let asked = checked.map(\.asked)
    let found = checked.map(\.topic)
    let finish: @Sendable ([Result<Topic, ProtocolError>]) -> Void = { results in
      var response = DeleteTopicsResponse()
      response.responses = zip(asked, results).map { Self.answer($0, $1) }
      respond(.response(response))
    }
    let topics = found.compactMap { try? $0.get() }
    guard !topics.isEmpty else { return finish(found) }
    broker.deleteTopics(topics, by: author) { deleted in
      finish(found.settled(with: deleted) { $0.name })
    }
  }

  private func check(_ asked: Asked, repeats: Bool, version: Int16) throws(ProtocolError) {
    guard broker.config.deleteTopicEnable else {
      throw ProtocolError(
        version < 3 ? .invalidRequest : .topicDeletionDisabled, "Topic deletion is disabled.")
    }
    if repeats {
      throw ProtocolError(
        .invalidRequest, asked.name == nil ? "Duplicate topic id." : "Duplicate topic name.")
    }
  }

  /// - Parameter session: Whose rights to the topic count; `nil` if it may delete any.
  private func find(_ asked: inout Asked, _ session: Session?) throws(ProtocolError) -> Topic {
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
      throw ProtocolError(.invalidRequest, "Neither topic name nor id were specified.")
    case (_?, false):
      throw ProtocolError(.invalidRequest, "You may not specify both topic name and topic id.")
    }
  }

  /// The topics of a request, which names each of them once, by name or by id. What it names twice is
  /// deleted by neither and answered once.
  private struct DistinctTopics {
    private struct Key: Hashable {
      let name: ExactText?
      let id: TopicID
    }

    private(set) var repeats: [Bool] = []
    var items: [Asked] = []

    init(_ all: [Asked]) {
      var places: [Key: Int] = [:]
      for asked in all {
        let key = Key(name: asked.name.map(ExactText.init), id: asked.id)
        let isWellFormed = (asked.name == nil) != asked.id.isZero
        if isWellFormed, let place = places[key] {
          repeats[place] = true
        } else {
          places[key] = items.count
          items.append(asked)
          repeats.append(false)
        }
      }
    }

    /// Where a name stands for an id that is named as well, the name is refused, and the id has no
    /// answer of its own.
    func settled(_ found: [Checked<Topic>]) -> [(asked: Asked, topic: Checked<Topic>)] {
      let ids = Set(items.filter { $0.name == nil }.map(\.id))
      var conflicts: Set<TopicID> = []
      for (asked, topic) in zip(items, found) {
        guard asked.name != nil, let id = try? topic.get().id, ids.contains(id) else { continue }
        conflicts.insert(id)
      }
      return zip(items, found).compactMap { asked, topic in
        guard let id = try? topic.get().id, conflicts.contains(id) else { return (asked, topic) }
        guard asked.name != nil else { return nil }
        return (Asked(name: asked.name, id: id), .failure(Self.conflict))
      }
    }

    private static let conflict = ProtocolError(
      .invalidRequest, "The provided topic name maps to an ID that was already supplied.")
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
