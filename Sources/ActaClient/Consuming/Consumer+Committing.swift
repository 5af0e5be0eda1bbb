import ClientCore
import Threads

extension Consumer {
  /// Commits how far records were taken, and waits until that is stored.
  ///
  /// Behind a loop over records that was left the consumer is no member any more. What the loop was given can be
  /// committed as long as the group has no other members, whose the partitions are by then, and by a static member of a
  /// classic group.
  ///
  /// - Throws: `KafkaError`: with code 25, 22 or 113 if the group has given the partitions to others meanwhile.
  public func commit() async throws(KafkaError) {
    try await commit(core.buffer.delivered)
  }

  /// Commits that a record has been dealt with, and with it all before it in its partition.
  ///
  /// - Throws: As `commit()`.
  public func commit(_ record: ConsumerRecord<Key, Value>) async throws(KafkaError) {
    try await commit([
      TopicPartition(record.topic, record.partition): OffsetAndMetadata(
        record.offset + 1, leaderEpoch: record.leaderEpoch)
    ])
  }

  /// Commits positions: each is the offset of the next record to be read.
  ///
  /// - Throws: As `commit()`, and for an offset below zero.
  public func commit(_ offsets: [TopicPartition: OffsetAndMetadata]) async throws(KafkaError) {
    try await commit(Self.core(offsets))
  }

  private static func core(
    _ offsets: [TopicPartition: OffsetAndMetadata]
  ) -> GroupPositions.Offsets {
    Dictionary(
      offsets.map { (CorePartition($0.key), $0.value) }, uniquingKeysWith: { first, _ in first })
  }

  private func commit(_ offsets: GroupPositions.Offsets) async throws(KafkaError) {
    let deadline = defaultDeadline
    await core.waitUntilLeft(until: deadline)
    try await inquire { engine, answer in
      engine.commit(offsets, until: deadline) { answer($0) }
    }
  }

  /// Commits how far records were taken, without waiting.
  ///
  /// - Parameter completion: Told once, on the consumer's thread: it must not block.
  public func commitLater(
    _ completion: @escaping @Sendable (Result<Void, KafkaError>) -> Void = { _ in }
  ) throws(KafkaError) {
    try commitLater(core.buffer.delivered, completion)
  }

  /// The same with positions: each is the offset of the next record to be read.
  public func commitLater(
    _ offsets: [TopicPartition: OffsetAndMetadata],
    completion: @escaping @Sendable (Result<Void, KafkaError>) -> Void = { _ in }
  ) throws(KafkaError) {
    try commitLater(Self.core(offsets), completion)
  }

  private func commitLater(
    _ offsets: GroupPositions.Offsets,
    _ completion: @escaping @Sendable (Result<Void, KafkaError>) -> Void
  ) throws(KafkaError) {
    let deadline = defaultDeadline
    let work = try KafkaError.translating { () throws(ClientFailure) in
      try core.life.workingOrClosing()
    }
    let commit: @Sendable () -> Void = {
      work.execute { engine in
        engine.commit(offsets, until: deadline) { result in
          completion(result.mapError { KafkaError($0) })
        }
      }
    }
    guard core.isLeaving else { return commit() }
    Task.detached { [core] in
      await core.waitUntilLeft(until: deadline)
      commit()
    }
  }

  /// The group's committed positions; partitions without one are left out.
  ///
  /// - Throws: `KafkaError`, also for a consumer without a group, and when nobody has answered within
  ///   `defaultAPITimeoutMilliseconds`.
  public func committed(
    _ partitions: some Sequence<TopicPartition>
  ) async throws(KafkaError) -> [TopicPartition: OffsetAndMetadata] {
    let partitions = partitions.map { CorePartition($0) }
    let deadline = defaultDeadline
    let offsets: GroupPositions.Offsets = try await inquire { engine, answer in
      engine.committed(partitions, until: deadline) { answer($0) }
    }
    return Dictionary(
      offsets.map { (TopicPartition($0.key), $0.value) }, uniquingKeysWith: { first, _ in first })
  }

  // MARK: Offsets of logs

  /// The first offset of each partition that there is.
  ///
  /// - Throws: `KafkaError`, also when nobody has answered within `defaultAPITimeoutMilliseconds`.
  public func beginningOffsets(
    _ partitions: some Sequence<TopicPartition>
  ) async throws(KafkaError) -> [TopicPartition: Int64] {
    try await offsets(partitions.map { ($0, -2) }).mapValues(\.offset)
  }

  /// The offset of the record that comes next to each partition; with `readCommitted` the last stable offset.
  ///
  /// - Throws: `KafkaError`, also when nobody has answered within `defaultAPITimeoutMilliseconds`.
  public func endOffsets(
    _ partitions: some Sequence<TopicPartition>
  ) async throws(KafkaError) -> [TopicPartition: Int64] {
    try await offsets(partitions.map { ($0, -1) }).mapValues(\.offset)
  }

  /// The first record of each partition whose timestamp is at least this (epoch milliseconds); partitions without
  /// one are left out.
  ///
  /// - Throws: `KafkaError`, also for a negative time.
  public func offsetsForTimes(
    _ times: [TopicPartition: Int64]
  ) async throws(KafkaError) -> [TopicPartition: OffsetAndTimestamp] {
    if let (partition, time) = times.first(where: { $0.value < 0 }) {
      throw KafkaError(
        ClientFailure(
          .invalidArgument,
          "The target time for partition \(partition) is \(time). The target time cannot be negative.",
          topic: partition.topic, partition: partition.partition))
    }
    return try await offsets(times.map { ($0.key, $0.value) })
  }

  private func offsets(
    _ questions: [(TopicPartition, Int64)]
  ) async throws(KafkaError) -> [TopicPartition: OffsetAndTimestamp] {
    let questions = Dictionary(
      questions.map { (CorePartition($0.0), $0.1) }, uniquingKeysWith: { first, _ in first })
    let deadline = defaultDeadline
    return try await inquire { engine, answer in
      engine.offsets(questions, until: deadline) { answer($0) }
    }
  }

  private var defaultDeadline: Int64 {
    Clock.monotonicDeadline(afterMilliseconds: core.defaultTimeoutMilliseconds)
  }

  private func inquire<R: Sendable>(
    _ body:
      @escaping @Sendable (ConsumerEngine, @escaping @Sendable (Result<R, ClientFailure>) -> Void)
      -> Void
  ) async throws(KafkaError) -> R {
    do throws(ClientFailure) {
      return try await core.life.workingOrClosing().ask(body)
    } catch {
      throw KafkaError(error)
    }
  }
}

/// A record's place, by time.
public struct OffsetAndTimestamp: Hashable, Sendable {
  /// The record's.
  public let offset: Int64
  /// Epoch milliseconds.
  public let timestamp: Int64
  /// Of the leader that took the record; `nil` where it is not told.
  public let leaderEpoch: Int32?
}
