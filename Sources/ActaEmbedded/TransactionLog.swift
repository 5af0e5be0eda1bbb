public import ActaClient
import BatchCodec
import Broker

/// The log in a transaction: records that are appended, and positions that are committed, together with the rows.
///
/// Valid inside of the closure that is given it.
public final class TransactionLog {
  private let turn: ApplicationTurn

  init(_ turn: ApplicationTurn) { self.turn = turn }

  /// Appends a record, and says where it is: others see it when the transaction has been committed.
  ///
  /// It is checked as what producers send is (`max.message.bytes`, timestamps, a key on a compacted topic). A topic
  /// that is not there is made as for a producer (`auto.create.topics.enable`, `num.partitions`): the closure is
  /// ended by the error, which it must let through, and runs again when there is the topic.
  ///
  /// - Parameters:
  ///   - partition: `nil` goes by the key, as Kafka's producers do; without one, all records of a transaction go to
  ///     the same partition of a topic, any of them.
  ///   - timestamp: Epoch milliseconds; `nil` is now.
  /// - Throws: `TransactionFailure`. Records of one transaction are at most 32 MiB.
  @discardableResult
  public func append(
    topic: String, key: [UInt8]?, value: [UInt8]?, headers: [Header] = [], partition: Int32? = nil,
    timestamp: Int64? = nil
  ) throws(TransactionFailure) -> RecordMetadata {
    let appended = try TransactionFailure.translating { () throws(ApplicationRefusal) in
      try turn.append(
        ApplicationRecord(
          topic: topic, partition: partition, key: key, value: value,
          headers: headers.map { RecordHeader(name: $0.name, value: $0.value) },
          timestamp: timestamp))
    }
    return RecordMetadata(
      topic: topic, partition: appended.partition, offset: appended.offset,
      timestamp: appended.timestamp)
  }

  /// Appends a record of text.
  ///
  /// - Throws: As the other.
  @discardableResult
  public func append(
    topic: String, key: String?, value: String?, headers: [Header] = [], partition: Int32? = nil,
    timestamp: Int64? = nil
  ) throws(TransactionFailure) -> RecordMetadata {
    try append(
      topic: topic, key: key.map { Array($0.utf8) }, value: value.map { Array($0.utf8) },
      headers: headers, partition: partition, timestamp: timestamp)
  }

  /// Appends a record whose key and value are serialized first.
  ///
  /// - Throws: What a serializer throws, and as the others.
  @discardableResult
  public func append<Key, Value>(
    _ record: ProducerRecord<Key, Value>, key: some Serializer<Key>, value: some Serializer<Value>
  ) throws -> RecordMetadata {
    var headers = record.headers
    let keyBytes = try record.key.map {
      try key.serialize($0, topic: record.topic, headers: &headers)
    }
    let valueBytes = try record.value.map {
      try value.serialize($0, topic: record.topic, headers: &headers)
    }
    return try append(
      topic: record.topic, key: keyBytes, value: valueBytes, headers: headers,
      partition: record.partition, timestamp: record.timestamp)
  }

  /// Commits how far a consumer has come, with the transaction. The consumer's own commits must be off
  /// (`enableAutoCommit`).
  ///
  /// The consumer's membership is looked at when the transaction is committed: if the group has given the partitions
  /// to others meanwhile, all of the transaction is refused.
  ///
  /// - Parameter progress: What `Consumer.progress()` has said before the transaction.
  /// - Throws: `TransactionFailure` for what can be told at once; the rest ends the transaction.
  public func commit(_ progress: GroupProgress) throws(TransactionFailure) {
    try commit(
      progress.offsets, group: progress.groupID, memberID: progress.memberID,
      generation: progress.generation, instanceID: progress.instanceID)
  }

  /// Commits positions of a group as nobody in particular: they are taken whether the group has members or not, and
  /// nothing keeps a consumer that has lost its partitions from it.
  ///
  /// - Throws: As the other.
  public func commit(
    _ offsets: [TopicPartition: OffsetAndMetadata], group: String
  ) throws(TransactionFailure) {
    try commit(offsets, group: group, memberID: "", generation: -1, instanceID: nil)
  }

  private func commit(
    _ offsets: [TopicPartition: OffsetAndMetadata], group: String, memberID: String,
    generation: Int32, instanceID: String?
  ) throws(TransactionFailure) {
    let positions = offsets.sorted { $0.key < $1.key }.map { place, position in
      ApplicationCommit.Position(
        topic: place.topic, partition: place.partition, offset: position.offset,
        leaderEpoch: position.leaderEpoch ?? -1, metadata: position.metadata)
    }
    try TransactionFailure.translating { () throws(ApplicationRefusal) in
      try turn.commit(
        ApplicationCommit(
          group: group, memberID: memberID, generation: generation, instanceID: instanceID,
          positions: positions))
    }
  }
}
