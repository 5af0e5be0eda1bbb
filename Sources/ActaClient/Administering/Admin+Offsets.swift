import ClientCore
import KafkaWire

/// Which offset of a partition is meant.
public enum OffsetSpec: Hashable, Sendable {
  /// Of the first record there is.
  case earliest
  /// Of the record that comes next; of what is stable, if only committed records count.
  case latest
  /// Of the record with the largest timestamp. Kafka 3.0.
  case maxTimestamp
  /// Of the first record whose timestamp is at least this, in epoch milliseconds.
  case timestamp(Int64)
  /// Of the first record on the broker's own disks. Kafka 3.4.
  case earliestLocal
  /// Of the last record in tiered storage. Kafka 3.9.
  case latestTiered
  /// Of the first record that waits for tiered storage. Kafka 4.2.
  case earliestPendingUpload
}

/// An offset that was asked for.
public struct ListedOffset: Hashable, Sendable {
  /// Of the record that was asked for, or of the one that comes next.
  public let offset: Int64
  /// Epoch milliseconds, of the record there; `nil` where the offset stands for an end.
  public let timestamp: Int64?
  /// `nil` where it is not told.
  public let leaderEpoch: Int32?
}

extension Admin {
  /// Looks offsets up: the ends of partitions, and records by their time.
  ///
  /// - Parameter isolationLevel: Whether what transactions under way have written counts.
  /// - Returns: `nil` where there is no such record; 3 for a partition that is not there.
  /// - Throws: `KafkaError` for what concerns all of it, as `Admin` says.
  public func listOffsets(
    _ offsets: [TopicPartition: OffsetSpec],
    isolationLevel: ConsumerConfiguration.IsolationLevel = .readUncommitted
  ) async throws(KafkaError) -> [TopicPartition: Result<ListedOffset?, KafkaError>] {
    try await performEach("listOffsets(api=METADATA)") { call throws(ClientFailure) in
      try await call.each(offsets.keys, by: .leader) { node, partitions throws(ClientFailure) in
        let asked = partitions.sorted().compactMap { partition in
          offsets[partition].map { (CorePartition(partition), $0.timestamp) }
        }
        var request = ListOffsetsRequest(asked, isReadCommitted: isolationLevel == .readCommitted)
        request.timeoutMilliseconds = call.timeoutMilliseconds
        let isolated: Int16 = isolationLevel == .readCommitted ? 2 : 1
        let oldest = partitions.compactMap { offsets[$0]?.oldestVersion }.reduce(isolated, max)
        let response = try await call.send(request, to: node, from: oldest)
        return .telling(response.byPartition) { partition, answer in
          let partition = TopicPartition(partition)
          return (partition, .of(answer.errorCode, at: partition, ListedOffset(answer)))
        }
      }
    }
  }
}

extension OffsetSpec {
  fileprivate var timestamp: Int64 {
    switch self {
    case .latest: -1
    case .earliest: -2
    case .maxTimestamp: -3
    case .earliestLocal: -4
    case .latestTiered: -5
    case .earliestPendingUpload: -6
    case .timestamp(let milliseconds): max(0, milliseconds)
    }
  }

  fileprivate var oldestVersion: Int16 {
    switch self {
    case .latest, .earliest, .timestamp: 1
    case .maxTimestamp: 7
    case .earliestLocal: 8
    case .latestTiered: 9
    case .earliestPendingUpload: 11
    }
  }
}

extension ListedOffset {
  fileprivate init?(_ answer: ListOffsetsResponse.Partition) {
    if answer.offset < 0 { return nil }
    offset = answer.offset
    timestamp = answer.timestamp < 0 ? nil : answer.timestamp
    leaderEpoch = answer.leaderEpoch < 0 ? nil : answer.leaderEpoch
  }
}
