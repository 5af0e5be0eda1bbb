/// How much a log takes, whoever asks.
package struct TopicLimits: Sendable, Equatable {
  package var topics: Int
  /// Of all topics together.
  package var partitions: Int

  package init(topics: Int, partitions: Int) {
    self.topics = topics
    self.partitions = partitions
  }

  /// Why there may not be one topic more.
  package func objection(toTopicBeside topicCount: Int) -> StorageError? {
    guard topicCount >= topics else { return nil }
    return .tooMany("topics than \(topics), and there are \(topicCount)")
  }

  /// Why there may not be so many partitions more.
  package func objection(toPartitions added: Int, beside partitionCount: Int) -> StorageError? {
    guard added > partitions - partitionCount else { return nil }
    return .tooMany(
      "partitions than \(partitions): there are \(partitionCount), and \(added) more were asked for"
    )
  }
}
