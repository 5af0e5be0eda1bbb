import ActaModel
import LogStorage

extension Broker {
  /// Topics that are created in one go. Making one takes the writer about a millisecond, and other
  /// writes wait that long.
  private static let creationSlice = 32

  /// Creates topics a few at a time, so that other writes get their turn in between; one result for
  /// each, in order.
  func createTopics(
    _ topics: [NewTopic],
    completion: @escaping @Sendable ([Result<Topic, StorageError>]) -> Void
  ) {
    create(topics[...], after: [], completion: completion)
  }

  private func create(
    _ topics: ArraySlice<NewTopic>, after done: [Result<Topic, StorageError>],
    completion: @escaping @Sendable ([Result<Topic, StorageError>]) -> Void
  ) {
    guard !topics.isEmpty else { return completion(done) }
    storage.createTopics(Array(topics.prefix(Self.creationSlice))) { [self] results in
      create(
        topics.dropFirst(Self.creationSlice), after: done + results, completion: completion)
    }
  }

  func newTopic(
    _ name: String, partitionCount: Int, configs: [String: String] = [:]
  ) -> NewTopic {
    var generator = SystemRandomNumberGenerator()
    return NewTopic(
      id: .random(using: &generator), name: name, partitionCount: partitionCount,
      isInternal: Self.isInternal(name), configs: configs)
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
