import ActaModel
import KafkaConfig
import KafkaWire
import LogStorage

/// Metadata, versions 0–13: the one broker at the address of the client's own listener, and topics.
///
/// A topic that is named twice is told once, as in Kafka.
///
/// A topic that is named and missing is created before the answer, when configuration and request
/// allow it, so that the answer is already the finished topic. Asking for all never creates, and
/// Kafka's own topics are never created in passing: positions are in tables, nobody would write there.
///
/// Rights: DESCRIBE of each topic. Whoever names one without it is refused, whether it is there or
/// not; whoever asks for all does not see it. A topic is created with CREATE of the cluster or of it.
///
/// - v1: null means all topics, empty means brokers only (in v0 empty means all). v4: the request
///   may forbid creation. v8: authorized operations on request. v10: topic ids. v12: asking by id.
struct MetadataHandler: Handler {
  let broker: Broker

  func handle(
    _ request: MetadataRequest, _ context: RequestContext,
    respond: @escaping @Sendable (Outcome<MetadataResponse>) -> Void
  ) {
    if let refusal = MetadataResponse(refusing: request, version: context.version) {
      return respond(.response(refusal))
    }
    let catalog = broker.storage.catalog()
    guard let asked = Self.askedTopics(of: request, version: context.version) else {
      let visible = catalog.topics.filter {
        context.session.authorizeQuietly(.describe, .topic($0.name))
      }
      return respond(answer(visible.map { .found($0) }, to: request, context))
    }
    let refused = refusals(of: asked, catalog, context.session)
    let missing = zip(asked, refused).compactMap { topic, refusal -> String? in
      guard topic.topicID.isZero, refusal == nil, let name = topic.name, catalog[name] == nil,
        !Broker.isReserved(name)
      else { return nil }
      return name
    }
    let mayCreate = broker.config.autoCreateTopics && request.allowAutoTopicCreation
    let finish: @Sendable ([String: ErrorCode]) -> Void = { creations in
      let entries = zip(asked, refused).map { $1 ?? entry(for: $0, refusals: creations) }
      respond(answer(entries, to: request, context))
    }
    guard mayCreate, !missing.isEmpty else { return finish([:]) }
    create(missing, for: context, completion: finish)
  }

  /// For each topic that the session may not describe the entry that says so.
  private func refusals(
    of asked: [MetadataRequest.Topic], _ catalog: Catalog, _ session: Session
  ) -> [Entry?] {
    asked.map { topic in
      let isNamed = topic.topicID.isZero
      guard let name = isNamed ? topic.name ?? "" : catalog[id: topic.topicID]?.name else {
        // Of an id that is not known there is nothing to ask.
        return .missing(name: nil, id: topic.topicID, .unknownTopicID)
      }
      guard !session.authorize(.describe, .topic(name)) else { return nil }
      return .missing(name: isNamed ? name : nil, id: topic.topicID, .topicAuthorizationFailed)
    }
  }

  /// `nil` for all topics.
  private static func askedTopics(
    of request: MetadataRequest, version: Int16
  ) -> [MetadataRequest.Topic]? {
    guard let topics = request.topics else { return nil }
    if version == 0 && topics.isEmpty { return nil }
    // Before v12 a null name cannot be answered, and ids are there without being asked by.
    let asked = topics.map { topic in
      version < 12 ? TopicKey(id: .zero, name: ExactText(topic.name ?? "")) : TopicKey(topic)
    }
    return Distinct(asked).items.map { key in
      var topic = MetadataRequest.Topic()
      topic.topicID = key.id
      topic.name = key.name?.text
      return topic
    }
  }

  private struct TopicKey: Hashable {
    let id: TopicID
    let name: ExactText?

    init(id: TopicID, name: ExactText?) {
      self.id = id
      self.name = name
    }

    init(_ topic: MetadataRequest.Topic) {
      self.init(id: topic.topicID, name: topic.name.map(ExactText.init))
    }
  }

  private enum Entry {
    case found(Topic)
    case missing(name: String?, id: TopicID, ErrorCode)
  }

  private func entry(for asked: MetadataRequest.Topic, refusals: [String: ErrorCode]) -> Entry {
    let catalog = broker.storage.catalog()
    if !asked.topicID.isZero {
      guard let topic = catalog[id: asked.topicID] else {
        return .missing(name: nil, id: asked.topicID, .unknownTopicID)
      }
      return .found(topic)
    }
    let name = asked.name ?? ""
    if let topic = catalog[name] { return .found(topic) }
    if let refusal = refusals[name] { return .missing(name: name, id: .zero, refusal) }
    let isLegal = TopicName.objection(to: name) == nil
    return .missing(
      name: name, id: .zero, isLegal ? .unknownTopicOrPartition : .invalidTopicException)
  }

  /// Creates each topic that may be, and reports the names that could not.
  private func create(
    _ names: [String], for context: RequestContext,
    completion: @escaping @Sendable ([String: ErrorCode]) -> Void
  ) {
    let session = context.session
    let mayCreateAny = session.authorizeQuietly(.create, .cluster)
    var refusals: [String: ErrorCode] = [:]
    var topics: [NewTopic] = []
    for name in Set(names).sorted() {
      if !mayCreateAny, !session.authorize(.create, .topic(name)) {
        refusals[name] = .topicAuthorizationFailed
      } else {
        do throws(ProtocolError) {
          topics.append(try broker.topicInPassing(name))
        } catch {
          refusals[name] = error.code
        }
      }
    }
    guard !topics.isEmpty else { return completion(refusals) }
    let client = context.connection.identity
    let isWanted: @Sendable () -> Bool = { !client.hasLeft }
    broker.createTopics(topics, whileWanted: isWanted) { [topics, refusals] results in
      var refusals = refusals
      for (topic, result) in zip(topics, results) {
        // Another client may have created it meanwhile, which is as good.
        guard case .failure(let error) = result, error != .topicExists(name: topic.name) else {
          continue
        }
        refusals[topic.name] = ProtocolError(error, about: topic.name).code
      }
      completion(refusals)
    }
  }

  private func answer(
    _ entries: [Entry], to request: MetadataRequest, _ context: RequestContext
  ) -> Outcome<MetadataResponse> {
    let bytes = AnswerSize.sum(entries) { entry in
      switch entry {
      case .found(let topic):
        AnswerSize.element + AnswerSize.text(topic.name)
          + topic.partitions.count * Self.partitionSize
      case .missing(let name, _, _): AnswerSize.element + AnswerSize.text(name)
      }
    }
    return .large(LargeAnswer(bytes: bytes) { response(entries, to: request, context) })
  }

  /// With arrays of its own for replicas.
  private static let partitionSize = 2 * AnswerSize.element

  private func response(
    _ entries: [Entry], to request: MetadataRequest, _ context: RequestContext
  ) -> MetadataResponse {
    let endpoint = broker.endpoint(for: context.connection)
    var node = MetadataResponse.Broker()
    node.nodeID = broker.config.nodeID
    node.host = endpoint.host
    node.port = Int32(endpoint.port)
    var response = MetadataResponse()
    response.brokers = [node]
    response.clusterID = broker.storage.identity.clusterID
    response.controllerID = broker.config.nodeID
    if request.includeClusterAuthorizedOperations {
      let session = context.session
      response.clusterAuthorizedOperations =
        session.authorize(.describe, .cluster) ? session.authorizedOperations(on: .cluster) : 0
    }
    response.topics = entries.map { topic($0, request, context.session) }
    return response
  }

  private func topic(
    _ entry: Entry, _ request: MetadataRequest, _ session: Session
  ) -> MetadataResponse.Topic {
    var answer = MetadataResponse.Topic()
    switch entry {
    case .missing(let name, let id, let code):
      answer.errorCode = code
      answer.name = name
      answer.topicID = id
      answer.isInternal = name.map(Broker.isInternal) ?? false
    case .found(let topic):
      answer.name = topic.name
      answer.topicID = topic.id
      answer.isInternal = topic.isInternal
      answer.partitions = topic.partitions.indices.map { partition(Int32($0)) }
    }
    // Not of what the client may not know of, nor of an id that has no name.
    if request.includeTopicAuthorizedOperations, let name = answer.name,
      answer.errorCode != .topicAuthorizationFailed
    {
      answer.topicAuthorizedOperations = session.authorizedOperations(on: .topic(name))
    }
    return answer
  }

  private func partition(_ number: Int32) -> MetadataResponse.Partition {
    var answer = MetadataResponse.Partition()
    answer.partitionIndex = number
    answer.leaderID = broker.config.nodeID
    answer.leaderEpoch = broker.storage.identity.leaderEpoch.value
    answer.replicaNodes = [broker.config.nodeID]
    answer.isrNodes = [broker.config.nodeID]
    return answer
  }
}
