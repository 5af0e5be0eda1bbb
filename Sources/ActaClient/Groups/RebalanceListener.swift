/// Told when partitions come to a consumer of a group, and when they go. Each call is awaited: before it returns no
/// partition moves, and no record is given out. They are made by the task that takes records, when it asks for
/// more, so what was taken before has been dealt with; behind a loop that was left, by a task of the consumer's own.
public protocol RebalanceListener: Sendable {
  /// They are the consumer's from now on. It begins where the group is; to begin elsewhere, `seek`.
  func partitionsAssigned(_ partitions: [TopicPartition]) async

  /// They go to another member, which waits for it: the moment to commit what is not committed.
  func partitionsRevoked(_ partitions: [TopicPartition]) async

  /// They are not the consumer's any more, and may be another's already: nothing can be committed.
  func partitionsLost(_ partitions: [TopicPartition]) async
}

/// What a program does not care about.
extension RebalanceListener {
  /// Does nothing: the consumer begins where the group is.
  public func partitionsAssigned(_ partitions: [TopicPartition]) async {}
  /// Does nothing beyond what `enableAutoCommit` does.
  public func partitionsRevoked(_ partitions: [TopicPartition]) async {}
  /// Does nothing.
  public func partitionsLost(_ partitions: [TopicPartition]) async {}
}
