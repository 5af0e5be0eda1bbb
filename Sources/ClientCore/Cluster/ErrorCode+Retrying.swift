package import ActaModel

// What Kafka's clients do about a code (KafkaWire/PROTOCOL.md §19).
extension ErrorCode {
  /// Whether the same request may succeed a little later.
  package var isRetriable: Bool { Self.retriable.contains(self) }

  /// Whether the client's picture of the cluster is old: it asks for metadata before it tries again.
  package var meansOldMetadata: Bool { Self.meaningOldMetadata.contains(self) }

  private static let meaningOldMetadata: Set<ErrorCode> = [
    .unknownTopicOrPartition, .leaderNotAvailable, .notLeaderOrFollower, .replicaNotAvailable,
    .networkException, .kafkaStorageError, .listenerNotFound, .fencedLeaderEpoch,
    .preferredLeaderNotAvailable, .eligibleLeadersNotAvailable, .electionNotNeeded,
    .unknownTopicID, .inconsistentTopicID,
  ]

  package static let retriable: Set<ErrorCode> = meaningOldMetadata.union([
    .corruptMessage, .requestTimedOut, .coordinatorLoadInProgress, .coordinatorNotAvailable,
    .notCoordinator, .notEnoughReplicas, .notEnoughReplicasAfterAppend, .notController,
    .concurrentTransactions, .fetchSessionIDNotFound, .invalidFetchSessionEpoch,
    .unknownLeaderEpoch, .offsetNotAvailable, .unstableOffsetCommit, .throttlingQuotaExceeded,
    .fetchSessionTopicIDError, .shareSessionNotFound, .invalidShareSessionEpoch,
    .shareSessionLimitReached,
  ])
}
