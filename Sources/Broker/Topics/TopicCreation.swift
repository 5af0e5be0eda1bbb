import ActaModel
import KafkaConfig
import LogStorage

extension Broker {
  /// Creates topics a slice at a time; one result for each, in order.
  ///
  /// - Parameter isWanted: Asked before each slice. A request to create topics is carried out even
  ///   when its client has gone meanwhile, as with Kafka; topics that are only made along the way, for
  ///   an answer that nobody will read, are not.
  func createTopics(
    _ topics: [NewTopic], whileWanted isWanted: @escaping @Sendable () -> Bool = { true },
    completion: @escaping @Sendable ([Result<Topic, StorageError>]) -> Void
  ) {
    let slices = CatalogSlices<NewTopic, Topic>(
      weight: { CatalogSlice.weight(creating: $0.partitionCount) }, isWanted: isWanted,
      run: { [storage] in storage.createTopics($0, completion: $1) })
    slices(topics, completion: completion)
  }

  func deleteTopics(
    _ topics: [Topic], by author: ConfigAuthor,
    completion: @escaping @Sendable ([Result<Topic, StorageError>]) -> Void
  ) {
    let slices = CatalogSlices<Topic, Topic>(
      weight: { CatalogSlice.weight(deleting: $0.partitions.count) },
      run: { [storage] in storage.deleteTopics($0.map(\.id), by: author, completion: $1) })
    slices(topics, completion: completion)
  }

  func newTopic(
    _ name: String, partitionCount: Int, configs: [String: String] = [:],
    by author: ConfigAuthor = ConfigAuthor(.createTopics)
  ) -> NewTopic {
    NewTopic(
      id: .random(), name: name, partitionCount: partitionCount,
      isInternal: Self.isInternal(name), configs: configs, by: author)
  }

  /// A topic that is made because somebody has named it, as the configuration says.
  func topicInPassing(_ name: String) throws(ProtocolError) -> NewTopic {
    if let objection = TopicName.objection(to: name) {
      throw ProtocolError(.invalidTopicException, objection)
    }
    guard config.defaultReplicationFactor == 1 else {
      throw ProtocolError(
        .invalidReplicationFactor, "default.replication.factor is not 1, and there is one broker")
    }
    return newTopic(name, partitionCount: config.numPartitions)
  }

  /// Makes one that is not there yet; another may do so meanwhile, which is as good.
  func createTopic(
    inPassing name: String, completion: @escaping @Sendable (Checked<Void>) -> Void
  ) {
    let topic: NewTopic
    do throws(ProtocolError) {
      topic = try topicInPassing(name)
    } catch {
      return completion(.failure(error))
    }
    createTopics([topic]) { results in
      switch results.first {
      case .failure(let error) where error != .topicExists(name: name):
        completion(.failure(ProtocolError(error, about: name)))
      default: completion(.success(()))
      }
    }
  }

  /// A topic that Kafka keeps for itself.
  static func isInternal(_ name: String) -> Bool { internalTopics.contains(name) }

  /// A topic that is not made because somebody has named it.
  static func isReserved(_ name: String) -> Bool { isInternal(name) || name == metadataTopic }

  /// The log of Kafka's controllers. It is nobody's topic, not even in Kafka.
  static let metadataTopic = "__cluster_metadata"

  private static let internalTopics: Set<String> = [
    "__consumer_offsets", "__transaction_state", "__share_group_state",
  ]
}
