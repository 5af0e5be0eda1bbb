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
      isInternal: Self.internalTopics.contains(name), configs: configs)
  }

  private static let internalTopics: Set<String> = [
    "__consumer_offsets", "__transaction_state", "__share_group_state",
  ]
}
