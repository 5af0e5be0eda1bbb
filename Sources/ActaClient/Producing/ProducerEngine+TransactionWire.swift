import ActaModel
import ClientCore
import KafkaWire

extension AddPartitionsToTxnRequest.Topic {
  static func all(_ partitions: [CorePartition]) -> [Self] {
    let byTopic = Dictionary(grouping: partitions, by: \.topic)
    return byTopic.sorted { $0.key < $1.key }.map { name, partitions in
      var topic = Self()
      topic.name = name
      topic.partitions = partitions.map(\.partition)
      return topic
    }
  }
}

extension AddPartitionsToTxnResponse {
  /// Of the partition that is at fault; the others were not attempted.
  var firstFailure: ErrorCode {
    for topic in results {
      for partition in topic.partitions
      where partition.errorCode != .none && partition.errorCode != .operationNotAttempted {
        return partition.errorCode
      }
    }
    return .none
  }
}

extension TxnOffsetCommitResponse {
  var firstFailure: ErrorCode {
    for topic in topics {
      for partition in topic.partitions where partition.errorCode != .none {
        return partition.errorCode
      }
    }
    return .none
  }
}

extension TxnOffsetCommitRequest {
  init(
    _ transactionalID: String, _ claim: ProducerClaim, _ groupID: String,
    _ offsets: GroupPositions.Offsets, as member: GroupPositions.Member
  ) {
    self.init()
    self.transactionalID = transactionalID
    self.groupID = groupID
    producerID = claim.id.value
    producerEpoch = claim.epoch
    memberID = member.id
    generationIDOrMemberEpoch = member.generation
    groupInstanceID = member.instanceID
    topics = Dictionary(grouping: offsets, by: \.key.topic).sorted { $0.key < $1.key }.map {
      name, entries in
      var topic = Topic()
      topic.name = name
      topic.partitions = entries.map { partition, committed in
        var entry = Partition()
        entry.partitionIndex = partition.partition
        entry.committedOffset = committed.offset
        entry.committedLeaderEpoch = committed.leaderEpoch ?? -1
        entry.committedMetadata = committed.metadata
        return entry
      }
      return topic
    }
  }
}
