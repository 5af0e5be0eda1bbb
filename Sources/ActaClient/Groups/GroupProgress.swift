import ClientCore

/// How far a consumer has come, and as which member of its group: what commits them elsewhere says both, so that one
/// is refused that has lost its partitions.
public struct GroupProgress: Hashable, Sendable {
  /// Of the next record of each partition.
  public let offsets: [TopicPartition: OffsetAndMetadata]
  /// `group.id`
  public let groupID: String
  /// Empty for a consumer that was told its partitions.
  package let memberID: String
  /// Or, with the consumer protocol, the member's epoch; -1 for one that is no member.
  package let generation: Int32
  package let instanceID: String?
}

extension Consumer {
  /// How far records were taken, to be committed together with what came of them.
  ///
  /// - Throws: `KafkaError` for a consumer without a group.
  public func progress() async throws(KafkaError) -> GroupProgress {
    let (offsets, groupID, member) = try await positionsToCommit()
    return GroupProgress(
      offsets: Dictionary(
        offsets.map { (TopicPartition($0.key), $0.value) }, uniquingKeysWith: { first, _ in first }),
      groupID: groupID, memberID: member.id, generation: member.generation,
      instanceID: member.instanceID)
  }
}
