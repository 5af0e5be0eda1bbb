import ActaModel
import KafkaConfig
import KafkaWire
import LogStorage

/// DescribeConfigs, versions 1–4: the values in force and where each comes from
/// (KafkaWire/PROTOCOL.md §16).
///
/// Rights: DESCRIBE_CONFIGS of the topic or the group; for what belongs to a broker, of the cluster.
///
/// - v3: the type of each key and, on request, its documentation.
struct DescribeConfigsHandler: Handler {
  let broker: Broker

  func handle(
    _ request: DescribeConfigsRequest, _ context: RequestContext,
    respond: @escaping @Sendable (Outcome<DescribeConfigsResponse>) -> Void
  ) {
    guard request.resources.allSatisfy({ Self.right(to: $0) != nil }) else {
      return respond(.response(Self.refusal(of: request)))
    }
    guard request.resources.count > 1 else {
      return respond(.response(response(to: request, context.session)))
    }
    // A broker has the most to tell.
    let largest = AnswerSize.sum(broker.config.entries(stating: broker.facts)) {
      Self.config($0, in: request).answerSize
    }
    let (most, isHuge) = largest.multipliedReportingOverflow(by: request.resources.count)
    let (bytes, isTooMuch) = most.addingReportingOverflow(
      request.resources.reduce(0) { $0 + sizeOfOwn($1) })
    respond(
      .large(
        LargeAnswer(bytes: isHuge || isTooMuch ? .max : bytes) {
          self.response(to: request, context.session)
        }))
  }

  /// What is set on it may be long, and is told as a value and as a layer.
  private func sizeOfOwn(_ resource: DescribeConfigsRequest.Resource) -> Int {
    let name = resource.resourceName
    let overrides: [String: String]? =
      switch ConfigResourceKind(rawValue: resource.resourceType) {
      case .topic?: broker.storage.catalog()[name]?.configs
      case .group? where !name.isEmpty: broker.storage.configOverrides()[.group(name)]
      case .clientMetrics? where !name.isEmpty:
        broker.storage.configOverrides()[ConfigEntity(.clientMetrics, name)]
      default: nil
      }
    return (overrides ?? [:]).reduce(0) { $0 + 2 * AnswerSize.text($1.value) }
  }

  /// What does not fit into one answer is refused by itself.
  private func response(
    to request: DescribeConfigsRequest, _ session: Session
  ) -> DescribeConfigsResponse {
    let asked = Distinct(request.resources.lazy.map(ResourceKey.init))
    var known: [DescribeConfigsResponse.Resource?] = asked.items.map { _ in nil }
    var room = AnswerRoom()
    var response = DescribeConfigsResponse()
    response.results = zip(request.resources, asked.places).map { resource, place in
      let found = known[place] ?? answer(resource, in: request, session)
      if asked.counts[place] > 1 { known[place] = found }
      guard room.take(found.answerSize) else { return Self.refusal(of: resource, .answerTooLarge) }
      return found
    }
    return response
  }

  private struct ResourceKey: Hashable {
    let type: Int8
    let name: ExactText
    let keys: [String]?

    init(_ resource: DescribeConfigsRequest.Resource) {
      type = resource.resourceType
      name = ExactText(resource.resourceName)
      keys = resource.configurationKeys
    }
  }

  private static func refusal(
    of resource: DescribeConfigsRequest.Resource, _ error: ProtocolError
  ) -> DescribeConfigsResponse.Resource {
    var answer = DescribeConfigsResponse.Resource()
    answer.resourceType = resource.resourceType
    answer.resourceName = resource.resourceName
    answer.errorCode = error.code
    answer.errorMessage = error.message
    return answer
  }

  private func answer(
    _ resource: DescribeConfigsRequest.Resource, in request: DescribeConfigsRequest,
    _ session: Session
  ) -> DescribeConfigsResponse.Resource {
    do throws(ProtocolError) {
      if let right = Self.right(to: resource) { try session.require(.describeConfigs, right) }
      let keys = resource.configurationKeys.flatMap { $0.isEmpty ? nil : Set($0) }
      var answer = DescribeConfigsResponse.Resource()
      answer.resourceType = resource.resourceType
      answer.resourceName = resource.resourceName
      answer.errorMessage = ""
      answer.configs = try entries(of: resource)
        .filter { keys?.contains($0.name) ?? true }
        .map { Self.config($0, in: request) }
      return answer
    } catch {
      return Self.refusal(of: resource, error)
    }
  }

  /// One kind of resource that is not known, and the request makes no sense, as in Kafka.
  private static func refusal(of request: DescribeConfigsRequest) -> DescribeConfigsResponse {
    var response = DescribeConfigsResponse()
    let error = ProtocolError(.invalidRequest, ProtocolError.malformedRequest)
    response.results = request.resources.map { refusal(of: $0, error) }
    return response
  }

  /// `nil` for a kind of resource that is not known.
  private static func right(to resource: DescribeConfigsRequest.Resource) -> Resource? {
    ConfigResourceKind(rawValue: resource.resourceType)?.resource(named: resource.resourceName)
  }

  private func entries(
    of resource: DescribeConfigsRequest.Resource
  ) throws(ProtocolError) -> [ConfigEntry] {
    let name = resource.resourceName
    switch ConfigResourceKind(rawValue: resource.resourceType) {
    case .topic?:
      if let objection = TopicName.objection(to: name) {
        throw ProtocolError(.invalidTopicException, objection)
      }
      return broker.settings(of: try broker.topic(named: name)).entries
    case .broker?:
      // The empty name asks for what is set on all brokers.
      if name.isEmpty { return broker.config.dynamicDefaults }
      try checkBroker(name, orNone: " or empty string,")
      return broker.config.entries(stating: broker.facts)
    case .brokerLogger?:
      if name.isEmpty { throw ProtocolError(.invalidRequest, "Broker id must not be empty") }
      try checkBroker(name, orNone: "")
      return broker.logLevels.levels().sorted { $0.key < $1.key }
        .map { ConfigEntry(logger: $0.key, level: $0.value) }
    case .group?:
      if name.isEmpty { throw ProtocolError(.invalidRequest, "Group name must not be empty") }
      let overrides = broker.storage.configOverrides()[.group(name)]
      return GroupOverrides.entries(of: overrides, broker: broker.config)
    case .clientMetrics?:
      if name.isEmpty {
        throw ProtocolError(
          .invalidRequest, "Client metrics subscription name must not be empty")
      }
      let overrides = broker.storage.configOverrides()[ConfigEntity(.clientMetrics, name)]
      return ClientMetricsConfig.entries(of: overrides)
    case nil:
      throw ProtocolError(
        .invalidRequest, "Unsupported resource type \(resource.resourceType).")
    }
  }

  private func checkBroker(_ name: String, orNone: String) throws(ProtocolError) {
    guard let id = Int32(name) else {
      throw ProtocolError(.invalidRequest, "Broker id must be an integer, but it is: \(name)")
    }
    guard id == broker.config.nodeID else {
      throw ProtocolError(
        .invalidRequest,
        "Unexpected broker id, expected \(broker.config.nodeID)\(orNone) but received \(name)")
    }
  }

  private static func config(
    _ entry: ConfigEntry, in request: DescribeConfigsRequest
  ) -> DescribeConfigsResponse.Config {
    var config = DescribeConfigsResponse.Config()
    config.name = entry.name
    config.value = entry.isSensitive ? nil : entry.value
    config.readOnly = entry.isReadOnly
    config.configSource = entry.source.rawValue
    config.isSensitive = entry.isSensitive
    config.configType = entry.type?.rawValue ?? 0
    if request.includeSynonyms {
      config.synonyms = entry.synonyms.map { synonym in
        var answer = DescribeConfigsResponse.Synonym()
        answer.name = synonym.name
        answer.value = entry.isSensitive ? nil : synonym.value
        answer.source = synonym.source.rawValue
        return answer
      }
    }
    // Of loggers Kafka tells nothing, even where nothing was asked for.
    if request.includeDocumentation || entry.type == nil {
      config.documentation = entry.documentation
    }
    return config
  }
}

extension DescribeConfigsResponse.Config {
  fileprivate var answerSize: Int {
    AnswerSize.sum(synonyms) {
      AnswerSize.element + AnswerSize.text($0.name) + AnswerSize.text($0.value)
    } + AnswerSize.element + AnswerSize.text(name) + AnswerSize.text(value)
      + AnswerSize.text(documentation)
  }
}

extension DescribeConfigsResponse.Resource {
  fileprivate var answerSize: Int {
    AnswerSize.sum(configs) { $0.answerSize } + AnswerSize.element
      + AnswerSize.text(resourceName) + AnswerSize.text(errorMessage)
  }
}
