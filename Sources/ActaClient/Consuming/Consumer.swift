import BatchCodec
import ClientCore
import Threads

/// Reads records of a Kafka cluster, some at a time, fetched ahead while those before are dealt with.
///
/// ```swift
/// let consumer = try Consumer(configuration, key: StringDeserializer(), value: StringDeserializer())
/// try consumer.start()
/// try await consumer.assign([TopicPartition("orders", 0)])
/// for try await record in consumer.records { … }
/// await consumer.close()
/// ```
///
/// A consumer works between `start()` and `close()`, or for as long as `run()` runs. Used outside of that it throws
/// at once. One task at a time takes records from it.
public final class Consumer<Key: Sendable, Value: Sendable>: Sendable {
  private let keyDeserializer: any Deserializer<Key>
  private let valueDeserializer: any Deserializer<Value>
  let core: ConsumerCore

  /// Nothing is connected to yet.
  ///
  /// - Throws: `KafkaError` for a configuration that cannot be meant; its description names the setting.
  public convenience init(
    _ configuration: ConsumerConfiguration, key: some Deserializer<Key>,
    value: some Deserializer<Value>
  ) throws(KafkaError) {
    try self.init(configuration, key: key, value: value, over: nil)
  }

  /// - Parameter makeLink: What leads to the brokers; `nil` is TCP.
  package init(
    _ configuration: ConsumerConfiguration, key: some Deserializer<Key>,
    value: some Deserializer<Value>, over makeLink: LinkMaker?
  ) throws(KafkaError) {
    keyDeserializer = key
    valueDeserializer = value
    core = try KafkaError.translating { () throws(ClientFailure) in
      try ConsumerCore(configuration, over: makeLink)
    }
  }

  // MARK: Its life

  /// Begins to work. Does nothing more if it has begun already.
  ///
  /// - Throws: `KafkaError` after `close()`.
  public func start() throws(KafkaError) {
    try KafkaError.translating { () throws(ClientFailure) in try core.life.start() }
  }

  /// Works until the task is cancelled or the consumer is closed.
  ///
  /// - Throws: `KafkaError` after `close()`.
  public func run() async throws(KafkaError) {
    try start()
    await core.life.ended()
    await close()
  }

  /// Stops.
  public func close() async { await core.close() }

  // MARK: Partitions

  /// Shares the partitions of these topics with the other members of the group.
  ///
  /// - Parameter listener: Told when partitions come and go, by the task that takes records.
  /// - Throws: `KafkaError` without a `groupID`, and for a topic without a name.
  public func subscribe(
    to topics: some Sequence<String>, listener: (any RebalanceListener)? = nil
  ) async throws(KafkaError) {
    try await subscribe(Set(topics), nil, listener)
  }

  /// The same with all topics whose whole name matches, also those that come later.
  ///
  /// - Parameter pattern: In RE2's syntax.
  /// - Throws: As the other, and for what is no pattern.
  public func subscribe(
    matching pattern: String, listener: (any RebalanceListener)? = nil
  ) async throws(KafkaError) {
    try await subscribe([], pattern, listener)
  }

  private func subscribe(
    _ topics: Set<String>, _ pattern: String?, _ listener: (any RebalanceListener)?
  ) async throws(KafkaError) {
    do throws(ClientFailure) {
      try await core.subscribe(to: topics, matching: pattern, listener)
    } catch {
      throw KafkaError(error)
    }
  }

  /// Reads these partitions, and no others. Those that were read before go on where they are; others begin by
  /// `autoOffsetReset`.
  ///
  /// - Throws: `KafkaError` for a consumer that has subscribed.
  public func assign(_ partitions: some Sequence<TopicPartition>) async throws(KafkaError) {
    do throws(ClientFailure) {
      try await core.assign(Set(partitions.map { CorePartition($0) }))
    } catch {
      throw KafkaError(error)
    }
  }

  /// Leaves the group, or gives up what was assigned: the consumer has no partitions then, and may subscribe or be
  /// assigned again. The listener is told what is revoked; positions are committed if they are by themselves.
  ///
  /// - Throws: `KafkaError`, also where another task takes records meanwhile.
  public func unsubscribe() async throws(KafkaError) {
    do throws(ClientFailure) {
      try await core.unsubscribe()
    } catch {
      throw KafkaError(error)
    }
  }

  /// The topics that were subscribed to; with a pattern, those that match it as far as the client knows.
  ///
  /// - Throws: `KafkaError` when the consumer does not work.
  public var subscription: Set<String> {
    get async throws(KafkaError) { try await ask { engine in engine.subscription } }
  }

  /// The partitions that are read.
  ///
  /// - Throws: `KafkaError` when the consumer does not work.
  public var assignment: Set<TopicPartition> {
    get async throws(KafkaError) {
      Set(try await ask { engine in engine.assignment }.map { TopicPartition($0) })
    }
  }

  // MARK: Records

  /// Waits for records, and returns at most `maxPollRecords`.
  ///
  /// - Parameter wait: Milliseconds.
  /// - Returns: Empty when none came in time, or the task was cancelled.
  /// - Throws: `KafkaError`, once for a broker's answer that makes no sense, behind which the next poll goes on; what a
  ///   deserializer throws, and the consumer stands at that record then: `seek` passes it over.
  public func poll(withinMilliseconds wait: Int64) async throws -> [ConsumerRecord<Key, Value>] {
    let deadline = Clock.monotonicDeadline(afterMilliseconds: max(0, wait))
    do {
      let records = try await core.poll(until: deadline) { try make(&$0, $1, &$2) }
      if let tracer = core.instruments.tracer {
        for record in records {
          tracer.received(
            record.traceContext, from: TopicPartition(record.topic, record.partition),
            offset: record.offset)
        }
      }
      return records
    } catch let failure as ClientFailure {
      throw KafkaError(failure)
    }
  }

  /// For the types that most use there is code of their own. What is generic looks its types up for each record, which
  /// was a third of what consuming takes.
  @specialized(where Key == [UInt8], Value == [UInt8])
  @specialized(where Key == String, Value == [UInt8])
  @specialized(where Key == String, Value == String)
  @specialized(where Key == Never, Value == [UInt8])
  @specialized(where Key == Never, Value == String)
  private func make(
    _ reader: inout ChunkReader, _ limit: Int, _ made: inout [ConsumerRecord<Key, Value>]
  ) throws -> Bool {
    let partition = reader.chunk.partition
    return try reader.read(atMost: limit) { record in
      let headers = record.view.headerCount == 0 ? [] : Self.headers(of: record.view)
      // A consumer without keys does not look at them.
      var key: Key?
      if Key.self != Never.self, let bytes = record.view.key {
        key = try keyDeserializer.deserialize(
          bytes.bytes, topic: partition.topic, headers: headers)
      }
      var value: Value?
      if let bytes = record.view.value {
        value = try valueDeserializer.deserialize(
          bytes.bytes, topic: partition.topic, headers: headers)
      }
      made.append(
        ConsumerRecord(
          topic: partition.topic, partition: partition.partition, offset: record.offset,
          timestamp: record.timestamp < 0 ? nil : record.timestamp,
          timestampType: record.timestamp < 0
            ? nil : record.isLogAppendTime ? .logAppendTime : .createTime, key: key, value: value,
          headers: headers, leaderEpoch: record.leaderEpoch < 0 ? nil : record.leaderEpoch))
    }
  }

  private static func headers(of record: RecordView) -> [Header] {
    var headers: [Header] = []
    var cursor = HeaderCursor(record)
    while let header = cursor.next() {
      headers.append(
        Header(String(decoding: header.name, as: UTF8.self), header.value.map { Array($0) }))
    }
    return headers
  }

  // MARK: Positions

  /// Goes on from an offset.
  ///
  /// - Throws: `KafkaError` for a partition that is not the consumer's (yet), and for a negative offset.
  public func seek(_ partition: TopicPartition, to offset: Int64) async throws(KafkaError) {
    try requirePresence()
    let partition = CorePartition(partition)
    try await ask { engine throws(ClientFailure) in
      guard offset >= 0 else {
        throw ClientFailure(
          .invalidArgument, "seek offset must not be a negative number", topic: partition.topic,
          partition: partition.partition)
      }
      try engine.seek([partition], to: .at(offset, leaderEpoch: -1))
    }
  }

  /// Goes on from the first record there is.
  ///
  /// - Throws: `KafkaError` for partitions that are not the consumer's (yet).
  public func seekToBeginning(_ partitions: some Sequence<TopicPartition>) async throws(KafkaError)
  {
    try await seek(partitions, to: .earliest)
  }

  /// Goes on with what comes from now on.
  ///
  /// - Throws: As `seekToBeginning`.
  public func seekToEnd(_ partitions: some Sequence<TopicPartition>) async throws(KafkaError) {
    try await seek(partitions, to: .latest)
  }

  /// Goes on from the group's committed positions, in all partitions, as after a start: what was taken since is
  /// read again, which is what a program wants whose transaction was aborted.
  ///
  /// - Throws: `KafkaError` for a consumer without a group, and between a loop over records that was left and the next.
  public func seekToCommitted() async throws(KafkaError) {
    try requirePresence()
    try await ask { engine throws(ClientFailure) in
      guard engine.group != nil else { throw ConsumerEngine.noGroup }
      for partition in engine.assignment { engine.move(partition, to: .unknown) }
    }
  }

  private func seek(
    _ partitions: some Sequence<TopicPartition>, to reset: ConsumerSettings.OffsetReset
  ) async throws(KafkaError) {
    try requirePresence()
    let partitions = partitions.map { CorePartition($0) }
    try await ask { engine throws(ClientFailure) in
      try engine.seek(partitions, to: .resetting(reset))
    }
  }

  /// The offset of the next record that is given out; `nil` while that is not known.
  public func position(of partition: TopicPartition) -> Int64? {
    core.buffer.delivered[CorePartition(partition)]?.offset
  }

  /// How many records there were behind the position when it was last fetched; `nil` while that is not known.
  public func lag(of partition: TopicPartition) -> Int64? {
    let partition = CorePartition(partition)
    guard let end = core.buffer.endOffset(of: partition),
      let next = core.buffer.delivered[partition]?.offset
    else { return nil }
    return max(0, end - next)
  }

  /// Gives out no records of these until `resume`, or until they go to another member.
  ///
  /// - Throws: `KafkaError` for partitions that are not the consumer's (yet).
  public func pause(_ partitions: some Sequence<TopicPartition>) async throws(KafkaError) {
    try await setPaused(true, partitions)
  }

  /// - Throws: As `pause`.
  public func resume(_ partitions: some Sequence<TopicPartition>) async throws(KafkaError) {
    try await setPaused(false, partitions)
  }

  private func setPaused(
    _ isPaused: Bool, _ partitions: some Sequence<TopicPartition>
  ) async throws(KafkaError) {
    try requirePresence()
    let partitions = partitions.map { CorePartition($0) }
    try await ask { engine throws(ClientFailure) in
      try engine.setPaused(isPaused, partitions)
    }
  }

  /// Those of the consumer's partitions that are paused.
  ///
  /// - Throws: `KafkaError` when the consumer does not work.
  public var paused: Set<TopicPartition> {
    get async throws(KafkaError) {
      Set(try await ask { engine in engine.paused }.map { TopicPartition($0) })
    }
  }

  /// - Throws: `KafkaError` between a loop over records that was left and the next.
  func requirePresence() throws(KafkaError) {
    try KafkaError.translating { () throws(ClientFailure) in try core.requirePresence() }
  }

  private func ask<R: Sendable>(
    _ body: @escaping @Sendable (ConsumerEngine) throws(ClientFailure) -> R
  ) async throws(KafkaError) -> R {
    do throws(ClientFailure) {
      return try await core.life.workingOrClosing().ask { engine, answer in
        answer(Result { () throws(ClientFailure) in try body(engine) })
      }
    } catch {
      throw KafkaError(error)
    }
  }
}
