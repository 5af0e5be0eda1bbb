import ActaModel
import KafkaConfig
import KafkaWire
import LogStorage

/// CreateTopics, versions 2–7 (KafkaWire/PROTOCOL.md §9). Each topic succeeds or fails alone; the
/// answer comes when the topics are usable.
///
/// Rights: CREATE of the cluster, or of each topic. Without DESCRIBE_CONFIGS of a topic it is made,
/// and the answer holds none of its configuration.
///
/// - v4: -1 means the default number of partitions and replicas. v5: the answer holds the effective
///   configuration. v7: the topic's id.
struct CreateTopicsHandler: Handler {
  let broker: Broker

  func handle(
    _ request: CreateTopicsRequest, _ context: RequestContext,
    respond: @escaping @Sendable (Outcome<CreateTopicsResponse>) -> Void
  ) {
    let session = context.session
    let mayCreateAny = session.authorizeQuietly(.create, .cluster)
    let named = NamedOnce(request.topics, by: \.name)
    let checked = named.items.map { topic in
      Result { () throws(ProtocolError) in
        try named.check(topic.name)
        if !mayCreateAny, !session.authorize(.create, .topic(topic.name)) {
          throw ProtocolError(.topicAuthorizationFailed, "Authorization failed.")
        }
        return try check(topic, session)
      }
    }
    let finish: @Sendable ([Result<Description, ProtocolError>]) -> Void = { results in
      respond(
        .large(
          LargeAnswer(bytes: answerSize(of: results)) {
            response(to: named.items, results, session)
          }))
    }
    if request.validateOnly { return finish(rehearsed(checked)) }
    let topics = checked.compactMap { try? $0.get() }
    guard !topics.isEmpty else {
      return finish(checked.map { $0.map(Description.init(validated:)) })
    }
    broker.createTopics(topics) { created in
      let results = checked.settled(with: created) { $0.name }
      finish(results.map { $0.map(Description.init(created:)) })
    }
  }

  /// What would come of the topics, nothing of which is made.
  private func rehearsed(_ checked: [Checked<NewTopic>]) -> [Checked<Description>] {
    var rehearsal = TopicRehearsal(broker.storage)
    return checked.map { check in
      check.flatMap { new in
        if let objection = rehearsal.create(new) {
          return .failure(ProtocolError(objection, about: new.name))
        }
        return .success(Description(validated: new))
      }
    }
  }

  /// What the answer says of a topic.
  private struct Description: Sendable {
    /// With a zero id if it was only validated.
    let topic: Topic
    let partitionCount: Int

    init(created topic: Topic) {
      self.topic = topic
      partitionCount = topic.partitions.count
    }

    /// Of a topic that is not made there are no partitions to name.
    init(validated new: NewTopic) {
      topic = Topic(
        id: .zero, name: new.name, isInternal: new.isInternal, partitions: [], configs: new.configs)
      partitionCount = new.partitionCount
    }
  }

  private func check(
    _ topic: CreateTopicsRequest.Topic, _ session: Session
  ) throws(ProtocolError) -> NewTopic {
    if topic.name == Broker.metadataTopic {
      throw ProtocolError(
        .invalidRequest, "Creation of internal topic \(topic.name) is prohibited.")
    }
    if let objection = TopicName.objection(to: topic.name) {
      throw ProtocolError(.invalidTopicException, objection)
    }
    let catalog = broker.storage.catalog()
    if catalog[topic.name] != nil {
      throw ProtocolError(.topicExists(name: topic.name), about: topic.name)
    }
    if let other = catalog.topicColliding(with: topic.name) {
      throw ProtocolError(.topicNameCollides(with: other.name), about: topic.name)
    }
    let configs = try configs(of: topic)
    return broker.newTopic(
      topic.name, partitionCount: try partitionCount(of: topic), configs: configs,
      by: session.author(.createTopics))
  }

  private func partitionCount(
    of topic: CreateTopicsRequest.Topic
  ) throws(ProtocolError) -> Int {
    if !topic.assignments.isEmpty { return try assignedPartitionCount(of: topic) }
    switch topic.numPartitions {
    case -1: break
    case ...0:
      throw ProtocolError(
        .invalidPartitions, "Number of partitions was set to an invalid non-positive value.")
    default: break
    }
    let factor = topic.replicationFactor
    guard factor == -1 || factor > 0 else {
      throw ProtocolError(
        .invalidReplicationFactor,
        "Replication factor must be larger than 0, or -1 to use the default value.")
    }
    let effective = factor == -1 ? Int16(clamping: broker.config.defaultReplicationFactor) : factor
    guard effective == 1 else {
      throw ProtocolError(
        .invalidReplicationFactor,
        "Unable to replicate the partition \(effective) time(s): The target replication factor of"
          + " \(effective) cannot be reached because only 1 broker(s) are registered or some"
          + " brokers have all their log directories cordoned.")
    }
    return topic.numPartitions == -1 ? broker.config.numPartitions : Int(topic.numPartitions)
  }

  /// Manual assignments are honoured as far as one node can: partitions 0, 1, 2, … each on it.
  private func assignedPartitionCount(
    of topic: CreateTopicsRequest.Topic
  ) throws(ProtocolError) -> Int {
    guard topic.replicationFactor == -1 else {
      throw ProtocolError(
        .invalidRequest,
        "A manual partition assignment was specified, but replication factor was not set to -1.")
    }
    guard topic.numPartitions == -1 else {
      throw ProtocolError(
        .invalidRequest,
        "A manual partition assignment was specified, but numPartitions was not set to -1.")
    }
    var numbers: Set<Int32> = []
    for assignment in topic.assignments {
      guard numbers.insert(assignment.partitionIndex).inserted else {
        throw ProtocolError(
          .invalidReplicaAssignment,
          "Found multiple manual partition assignments for partition \(assignment.partitionIndex)")
      }
      try ReplicaAssignment.check(assignment.brokerIDs, onlyBroker: broker.config.nodeID)
    }
    guard numbers.allSatisfy({ (0..<Int32(numbers.count)).contains($0) }) else {
      throw ProtocolError(
        .invalidReplicaAssignment,
        "partitions should be a consecutive 0-based integer sequence")
    }
    return numbers.count
  }

  private func configs(
    of topic: CreateTopicsRequest.Topic
  ) throws(ProtocolError) -> [String: String] {
    var overrides: [String: String] = [:]
    for config in topic.configs {
      guard let value = config.value else {
        throw ProtocolError(
          .invalidConfig, "Null value not supported for topic configs: \(config.name)")
      }
      overrides[config.name] = value
    }
    if let objection = TopicConfig.objection(to: overrides, broker: broker.config) {
      throw ProtocolError(.invalidConfig, objection)
    }
    return overrides
  }

  /// Most topics have much the same configuration.
  private func answerSize(of results: [Result<Description, ProtocolError>]) -> Int {
    let example = results.lazy.compactMap { try? $0.get() }.first
    let configs = example.map { Self.configs(of: broker.settings(of: $0.topic)) } ?? []
    return results.count * (2 * AnswerSize.element + AnswerSize.sum(configs) { $0.answerSize })
  }

  /// What no longer fits of the topics' configurations is left out, which says why.
  private func response(
    to topics: [CreateTopicsRequest.Topic], _ results: [Result<Description, ProtocolError>],
    _ session: Session
  ) -> CreateTopicsResponse {
    var room = AnswerRoom()
    var response = CreateTopicsResponse()
    response.topics = zip(topics, results).map { asked, result in
      var answer = answer(asked, result, session)
      if let configs = answer.configs, !room.take(AnswerSize.sum(configs) { $0.answerSize }) {
        answer.configs = nil
        answer.topicConfigErrorCode = ProtocolError.answerTooLarge.code
      }
      return answer
    }
    return response
  }

  private static func configs(of settings: TopicSettings) -> [CreateTopicsResponse.Config] {
    settings.entries.map { entry in
      var config = CreateTopicsResponse.Config()
      config.name = entry.name
      config.value = entry.value
      config.readOnly = entry.isReadOnly
      config.configSource = entry.source.rawValue
      config.isSensitive = entry.isSensitive
      return config
    }
  }

  private func answer(
    _ asked: CreateTopicsRequest.Topic, _ result: Result<Description, ProtocolError>,
    _ session: Session
  ) -> CreateTopicsResponse.Topic {
    var answer = CreateTopicsResponse.Topic()
    answer.name = asked.name
    switch result {
    case .failure(let error):
      answer.errorCode = error.code
      answer.errorMessage = error.message
      answer.configs = []
    case .success(let description):
      answer.topicID = description.topic.id
      guard session.authorizeQuietly(.describeConfigs, .topic(asked.name)) else {
        answer.topicConfigErrorCode = .topicAuthorizationFailed
        answer.numPartitions = -1
        answer.replicationFactor = -1
        answer.configs = []
        return answer
      }
      answer.numPartitions = Int32(description.partitionCount)
      answer.replicationFactor = 1
      answer.configs = Self.configs(of: broker.settings(of: description.topic))
    }
    return answer
  }
}

extension CreateTopicsResponse.Config {
  fileprivate var answerSize: Int {
    AnswerSize.element + AnswerSize.text(name) + AnswerSize.text(value)
  }
}
