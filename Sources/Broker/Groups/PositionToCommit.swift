import ActaModel
import Coordination
import KafkaWire
import LogStorage

/// What OffsetCommit and TxnOffsetCommit say of a partition.
protocol PositionOnWire {
  var partitionIndex: Int32 { get }
  var committedOffset: Int64 { get }
  var committedLeaderEpoch: Int32 { get }
  var committedMetadata: String? { get }
}

extension OffsetCommitRequest.Partition: PositionOnWire {}
extension TxnOffsetCommitRequest.Partition: PositionOnWire {}

/// A position that names a partition there is.
struct PositionToCommit: Sendable {
  private let topic: TopicID
  private let number: Int32
  private let partition: PartitionID
  private let offset: Int64
  private let leaderEpoch: LeaderEpoch
  private let metadata: String

  init(
    _ asked: some PositionOnWire, of topic: Topic, _ broker: Broker
  ) throws(ProtocolError) {
    self.topic = topic.id
    number = asked.partitionIndex
    partition = try broker.partition(number, of: topic)
    offset = asked.committedOffset
    leaderEpoch = LeaderEpoch(asked.committedLeaderEpoch)
    metadata = asked.committedMetadata ?? ""
  }

  /// `.none` if it may be kept.
  fileprivate func check(_ permit: CommitPermit, maxMetadataBytes: Int) -> ErrorCode {
    let code = permit.check(topic, number)
    guard code == .none else { return code }
    return metadata.utf8.count > maxMetadataBytes ? .offsetMetadataTooLarge : .none
  }

  fileprivate func commit(expiresAt: Int64?) -> OffsetCommit {
    OffsetCommit(
      partition: partition, offset: offset, leaderEpoch: leaderEpoch, metadata: metadata,
      expiresAt: expiresAt)
  }
}

extension [PositionToCommit] {
  /// Has those kept that may be, in one call. The result is a code for each.
  ///
  /// - Parameter expiresAt: Epoch milliseconds; `nil` when the broker's own setting holds.
  /// - Parameter keep: Says of each what came of it.
  func commit(
    of group: String, _ permit: CommitPermit, maxMetadataBytes: Int, expiresAt: Int64? = nil,
    keep: ([OffsetCommit]) throws -> [Result<Void, StorageError>]
  ) throws -> [ErrorCode] {
    let codes = map { $0.check(permit, maxMetadataBytes: maxMetadataBytes) }
    let admitted = zip(self, codes).filter { $0.1 == .none }
    if admitted.isEmpty { return codes }
    var results = try keep(admitted.map { $0.0.commit(expiresAt: expiresAt) }).makeIterator()
    return codes.map { code in
      guard code == .none else { return code }
      switch results.next() {
      case .success: return .none
      case .failure(let error): return ProtocolError(error, about: group).code
      case nil: return .unknownServerError
      }
    }
  }
}
