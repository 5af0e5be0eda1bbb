import BatchCodec
import ClientCore
import Synchronization
import Threads

/// Sends records to a Kafka cluster, several at a time, and again where that is needed.
///
/// Records are put into a buffer, from which a thread of the producer's sends them in batches, one for each
/// partition; with idempotence, which is on by default, each is stored once and in the order of the calls,
/// whatever has to be sent again. There are three ways to send:
///
/// ```swift
/// let producer = try Producer(configuration, key: StringSerializer(), value: StringSerializer())
/// try producer.start()
/// try await producer.enqueue(record)                          // fire and forget
/// let metadata = try await producer.send(record)              // waits for the broker
/// try await producer.enqueue(record) { result in … }          // told later
/// await producer.close()
/// ```
///
/// To await each `send` before the next makes batches of one record, each of which waits for a round trip and for
/// a sync of the broker's disk: some thousands a second, where a hundred times as many go through together.
/// Whoever has many records to send, and must know of each, sends them from many tasks, or with completions, and
/// then calls `flush()`.
///
/// A producer works between `start()` and `close()`, or for as long as `run()` runs. Used outside of that it
/// throws at once. It may be used from any number of tasks.
public final class Producer<Key: Sendable, Value: Sendable>: Sendable {
  private let encode: @Sendable (ProducerRecord<Key, Value>) throws -> EncodedRecord
  let core: ProducerCore

  /// Nothing is connected to yet.
  ///
  /// - Throws: `KafkaError` for a configuration that cannot be meant; its description names the setting.
  public convenience init(
    _ configuration: ProducerConfiguration, key: some Serializer<Key>, value: some Serializer<Value>
  ) throws(KafkaError) {
    try self.init(configuration, key: key, value: value, over: nil)
  }

  /// - Parameter makeLink: What leads to the brokers; `nil` is TCP.
  package init(
    _ configuration: ProducerConfiguration, key: some Serializer<Key>,
    value: some Serializer<Value>, over makeLink: LinkMaker?
  ) throws(KafkaError) {
    encode = Self.encoder(key, value)
    core = try KafkaError.translating { () throws(ClientFailure) in
      try ProducerCore(configuration, over: makeLink)
    }
  }

  // MARK: Its life

  /// Begins to work. Does nothing more if it has begun already.
  ///
  /// - Throws: `KafkaError` after `close()`.
  public func start() throws(KafkaError) {
    try KafkaError.translating { () throws(ClientFailure) in try core.start() }
  }

  /// Works until the task is cancelled or the producer is closed, then sends what is left.
  ///
  /// - Throws: `KafkaError` after `close()`.
  public func run() async throws(KafkaError) {
    try start()
    await core.ended()
    await close()
  }

  /// Sends what is left, waits until all of it is settled, and stops. What is not acknowledged within
  /// `deliveryTimeoutMilliseconds` is told as failed.
  ///
  /// - Parameter limit: Milliseconds, after which what is not acknowledged is told as failed in any case; a broker
  ///   may have it.
  public func close(withinMilliseconds limit: Int64 = .max) async {
    await core.close(withinMilliseconds: limit)
  }

  /// Waits until every record is settled that was sent before: acknowledged, or given up.
  ///
  /// Not cut short by the task's cancellation.
  /// - Throws: `KafkaError` when the producer does not work.
  public func flush() async throws(KafkaError) {
    do throws(ClientFailure) {
      try await core.flush()
    } catch {
      throw KafkaError(error)
    }
  }

  // MARK: Sending

  /// Sends a record and waits until it is acknowledged.
  ///
  /// A task that is cancelled meanwhile waits no longer; the record may still be stored.
  ///
  /// - Throws: `KafkaError`; `CancellationError`; what a serializer throws, and then nothing was sent.
  public func send(_ record: ProducerRecord<Key, Value>) async throws -> RecordMetadata {
    let settlement = Settlement()
    try await enqueue(record) { settlement.settle($0) }
    return try await settlement.value
  }

  /// Puts a record into the buffer and returns; it is sent soon.
  ///
  /// Waits up to `maxBlockMilliseconds` where there is no room, or nothing is known of the topic yet.
  ///
  /// - Parameter completion: Told once what became of it, on the producer's thread: it must not block.
  /// - Throws: As `send`. Nothing was sent then, and `completion` is not called.
  public func enqueue(
    _ record: ProducerRecord<Key, Value>,
    completion: (@Sendable (Result<RecordMetadata, KafkaError>) -> Void)? = nil
  ) async throws {
    guard let completion else { return try await enqueue(record, nil) }
    try await enqueue(record) { result in
      completion(result.map { RecordMetadata($0) }.mapError { KafkaError($0) })
    }
  }

  private func enqueue(
    _ record: ProducerRecord<Key, Value>, _ completion: ProduceCompletion?
  ) async throws {
    guard let span = core.tracer?.sending(to: record.topic, partition: record.partition) else {
      return try await core.enqueue(try encode(record), completion)
    }
    do {
      var record = record
      span.context.write(into: &record.headers)
      try await core.enqueue(try encode(record)) { result in
        span.end(result.map { RecordMetadata($0) }.mapError { KafkaError($0) })
        completion?(result)
      }
    } catch {
      span.end(.failure(error))
      throw error
    }
  }

  /// With code of its own for the types that most use, as where a consumer makes its records.
  @specialized(where Key == [UInt8], Value == [UInt8])
  @specialized(where Key == String, Value == [UInt8])
  @specialized(where Key == String, Value == String)
  @specialized(where Key == Never, Value == [UInt8])
  @specialized(where Key == Never, Value == String)
  private static func encoder(
    _ keySerializer: any Serializer<Key>, _ valueSerializer: any Serializer<Value>
  ) -> @Sendable (ProducerRecord<Key, Value>) throws -> EncodedRecord {
    { record in
      var headers = record.headers
      var key: [UInt8]?
      if let wanted = record.key {
        key = try keySerializer.serialize(wanted, topic: record.topic, headers: &headers)
      }
      var value: [UInt8]?
      if let wanted = record.value {
        value = try valueSerializer.serialize(wanted, topic: record.topic, headers: &headers)
      }
      var encoded = RecordHeaders()
      for header in headers { encoded.append(RecordHeader(name: header.name, value: header.value)) }
      return EncodedRecord(
        topic: record.topic, partition: record.partition, key: key, value: value, headers: encoded,
        timestamp: record.timestamp ?? Clock.epochMilliseconds())
    }
  }
}

extension Producer {
  /// Lends a producer that works for as long as `body` runs, and is closed behind it.
  ///
  /// - Throws: `KafkaError` for a configuration that cannot be meant; what `body` throws.
  public static func with<Result: Sendable>(
    _ configuration: ProducerConfiguration, key: some Serializer<Key>,
    value: some Serializer<Value>,
    _ body: (Producer) async throws -> Result
  ) async throws -> Result {
    let producer = try Producer(configuration, key: key, value: value)
    try producer.start()
    do {
      let result = try await body(producer)
      await producer.close()
      return result
    } catch {
      await producer.close()
      throw error
    }
  }
}

extension RecordMetadata {
  init(_ appended: AppendedRecord) {
    topic = appended.topic
    partition = appended.partition
    offset = appended.offset < 0 ? nil : appended.offset
    timestamp = appended.timestamp
  }
}
