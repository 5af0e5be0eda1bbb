import ActaModel
import ClientCore
import KafkaWire

extension Admin {
  /// Creates topics; one that cannot be is no obstacle to the others.
  ///
  /// - Parameter validateOnly: Whether it is only checked that they could be.
  /// - Returns: By name. Refusals are 36 for one that exists, 17 for a name, 37 and 38 for numbers, 39 for
  ///   assignments, 40 for configurations.
  /// - Throws: `KafkaError` for what concerns all of it, as `Admin` says.
  public func createTopics(
    _ topics: some Sequence<NewTopic>, validateOnly: Bool = false
  ) async throws(KafkaError) -> [String: Result<CreatedTopic, KafkaError>] {
    let topics = Dictionary(topics.map { ($0.name, $0) }, uniquingKeysWith: { first, _ in first })
    // What is the broker's default cannot be said before version 4.
    let oldest: Int16 = topics.values.contains { $0.isLeftToTheBroker } ? 4 : 2
    return try await performEach("createTopics") { call throws(ClientFailure) in
      try await call.each(topics.keys, by: .controller) { node, names throws(ClientFailure) in
        var request = CreateTopicsRequest()
        request.topics = names.compactMap { topics[$0] }.map { .init($0) }
        request.validateOnly = validateOnly
        request.timeoutMilliseconds = call.timeoutMilliseconds
        let response = try await call.send(request, to: node, from: oldest)
        return .telling(response.topics) { topic in
          let created = CreatedTopic(topic, isThere: !validateOnly)
          return (topic.name, .of(topic.errorCode, topic.errorMessage, topic: topic.name, created))
        }
      }
    }
  }

  /// Creates a topic.
  ///
  /// - Throws: `KafkaError`, also where it is refused: 36 for one that exists, and the others of `createTopics`.
  @discardableResult
  public func createTopic(_ topic: NewTopic) async throws(KafkaError) -> CreatedTopic {
    try await only(of: createTopics([topic]), topic.name)
  }

  /// Deletes a topic, with its records and groups' positions in it.
  ///
  /// - Throws: `KafkaError`, also where it is refused: 3 for one that is not there, and the others of `deleteTopics`.
  public func deleteTopic(_ name: String) async throws(KafkaError) {
    try await only(of: deleteTopics([name]), name)
  }

  private func only<Value>(
    of results: [String: Result<Value, KafkaError>], _ name: String
  ) throws(KafkaError) -> Value {
    guard let result = results[name] else { throw KafkaError(.nothingSaid(of: name)) }
    return try result.get()
  }

  /// Deletes topics, with their records and groups' positions in them.
  ///
  /// - Returns: By name; 3 for one that is not there, 73 where `delete.topic.enable` is off.
  /// - Throws: `KafkaError` for what concerns all of it, as `Admin` says.
  public func deleteTopics(
    _ names: some Sequence<String>
  ) async throws(KafkaError) -> [String: Result<Void, KafkaError>] {
    try await performEach("deleteTopics") { call throws(ClientFailure) in
      try await call.each(names, by: .controller) { node, names throws(ClientFailure) in
        var request = DeleteTopicsRequest()
        request.topicNames = names
        request.topics = names.map { .init($0, .zero) }
        let response = try await call.delete(request, at: node)
        return .telling(response.responses) { topic in
          (topic.name ?? "", .of(topic.errorCode, topic.errorMessage, topic: topic.name ?? "", ()))
        }
      }
    }
  }

  /// The same for ids, as Kafka writes them. Needs a broker that can be asked so, which Kafka's can since 2.8.
  ///
  /// - Returns: By id; 100 for one that is not there.
  /// - Throws: `KafkaError` for what is no id.
  public func deleteTopics(
    ids: some Sequence<String>
  ) async throws(KafkaError) -> [String: Result<Void, KafkaError>] {
    let texts = try TopicIDText.texts(of: ids)
    return try await performEach("deleteTopics") { call throws(ClientFailure) in
      try await call.each(texts.values, by: .controller) { node, open throws(ClientFailure) in
        var request = DeleteTopicsRequest()
        request.topics = open.compactMap { TopicIDText.id($0) }.map { .init(nil, $0) }
        let response = try await call.delete(request, at: node, from: 6)
        return .telling(response.responses) { topic in
          let text = texts[topic.topicID] ?? ""
          return (text, .of(topic.errorCode, topic.errorMessage, topic: topic.name ?? text, ()))
        }
      }
    }
  }

  /// Gives topics more partitions. Records that there are stay where they are, so that a key may be in another
  /// partition from now on.
  ///
  /// - Parameter validateOnly: Whether it is only checked that they could be.
  /// - Returns: By name; 37 for a number that is no increase, 3 for a topic that is not there.
  /// - Throws: `KafkaError` for what concerns all of it, as `Admin` says.
  public func createPartitions(
    _ topics: [String: NewPartitions], validateOnly: Bool = false
  ) async throws(KafkaError) -> [String: Result<Void, KafkaError>] {
    try await performEach("createPartitions") { call throws(ClientFailure) in
      try await call.each(topics.keys, by: .controller) { node, names throws(ClientFailure) in
        var request = CreatePartitionsRequest()
        request.topics = names.compactMap { name in topics[name].map { .init(name, $0) } }
        request.validateOnly = validateOnly
        request.timeoutMilliseconds = call.timeoutMilliseconds
        let response = try await call.send(request, to: node)
        return .telling(response.results) { topic in
          (topic.name, .of(topic.errorCode, topic.errorMessage, topic: topic.name, ()))
        }
      }
    }
  }

  /// The topics that there are, by name.
  ///
  /// - Parameter includeInternal: Whether the cluster's own are told of.
  /// - Throws: `KafkaError` for what concerns all of it, as `Admin` says.
  public func listTopics(
    includeInternal: Bool = false
  ) async throws(KafkaError) -> [TopicListing] {
    try await perform("listTopics") { call throws(ClientFailure) in
      let response = try await call.retrying { () throws(ClientFailure) in
        try await call.metadata(nil)
      }
      return response.topics.filter { $0.errorCode == .none }
        .filter { includeInternal || !$0.isInternal }
        .map { topic in
          TopicListing(
            name: topic.name ?? "", topicID: TopicIDText.text(of: topic.topicID),
            isInternal: topic.isInternal)
        }.sorted { $0.name < $1.name }
    }
  }
}

extension AdminCall {
  fileprivate func delete(
    _ topics: DeleteTopicsRequest, at node: Int32?, from oldest: Int16 = 0
  ) async throws(ClientFailure) -> DeleteTopicsResponse {
    var request = topics
    request.timeoutMilliseconds = timeoutMilliseconds
    return try await send(request, to: node, from: oldest)
  }
}

extension DeleteTopicsRequest.Topic {
  fileprivate init(_ name: String?, _ id: TopicID) {
    self.init()
    self.name = name
    topicID = id
  }
}

extension NewTopic {
  fileprivate var isLeftToTheBroker: Bool {
    assignments == nil && (partitions == nil || replicationFactor == nil)
  }
}

extension CreateTopicsRequest.Topic {
  fileprivate init(_ topic: NewTopic) {
    self.init()
    name = topic.name
    numPartitions = topic.partitions ?? -1
    replicationFactor = topic.replicationFactor ?? -1
    assignments = (topic.assignments ?? []).enumerated().map { number, brokers in
      var assignment = CreateTopicsRequest.Assignment()
      assignment.partitionIndex = Int32(number)
      assignment.brokerIDs = brokers
      return assignment
    }
    configs = topic.configs.sorted { $0.key < $1.key }.map { name, value in
      var config = CreateTopicsRequest.Config()
      config.name = name
      config.value = value
      return config
    }
  }
}

extension CreatePartitionsRequest.Topic {
  fileprivate init(_ name: String, _ partitions: NewPartitions) {
    self.init()
    self.name = name
    count = partitions.totalCount
    assignments = partitions.assignments?.map { brokers in
      var assignment = CreatePartitionsRequest.Assignment()
      assignment.brokerIDs = brokers
      return assignment
    }
  }
}

extension CreatedTopic {
  fileprivate init(_ topic: CreateTopicsResponse.Topic, isThere: Bool) {
    // Some brokers tell the id that it would have had, and never will.
    topicID = isThere ? TopicIDText.text(of: topic.topicID) : nil
    partitionCount = topic.numPartitions < 0 ? nil : topic.numPartitions
    replicationFactor = topic.replicationFactor < 0 ? nil : topic.replicationFactor
    // Who may not see the configuration is told of nothing but the topic.
    let isTold = topic.numPartitions >= 0 && topic.topicConfigErrorCode == .none
    configs = isTold ? topic.configs?.map { ConfigEntry($0) } : nil
  }
}
