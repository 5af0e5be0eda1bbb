import ActaModel
import BatchCodec
import KafkaWire
import LogEngine
import LogStorage
import Testing

@testable import Broker

/// The generations of the protocol: in the second each end raises the epoch, and writing takes the partition
/// into the transaction (KIP-890).
enum Generation: CaseIterable {
  case first
  case second
}

/// A producer with a transactional id, as the tests' transcripts name it.
struct TestProducer: Sendable {
  let transactionalID: String
  let generation: Generation
  var id: Int64
  var epoch: Int16
  /// Of the next record, by the partition's name.
  private(set) var sequences: [String: Int32] = [:]

  init(_ transactionalID: String, _ generation: Generation, id: Int64, epoch: Int16) {
    self.transactionalID = transactionalID
    self.generation = generation
    self.id = id
    self.epoch = epoch
  }

  /// A batch of a record for each value, which is taken to be appended.
  mutating func batch(_ values: [String], to partition: String) -> [UInt8] {
    let first = sequences[partition, default: 0]
    sequences[partition] = first + Int32(values.count)
    return Batch.transactional(values, producer: id, epoch: epoch, sequence: first)
  }

  mutating func goOn(as id: Int64, _ epoch: Int16) {
    if (id, epoch) != (self.id, self.epoch) { sequences = [:] }
    (self.id, self.epoch) = (id, epoch)
  }
}

extension Batch {
  static func transactional(
    _ values: [String], producer id: Int64, epoch: Int16, sequence: Int32
  ) -> [UInt8] {
    var builder = BatchBuilder(
      producerID: id, producerEpoch: epoch, baseSequence: sequence, attributes: .transactional)
    for value in values {
      builder.append(timestamp: ManualWallClock.start, key: nil, value: Array(value.utf8))
    }
    return builder.finish()
  }
}

/// What transactional producers do.
extension BrokerFixture {
  func initProducer(
    _ transactionalID: String?, timeout: Int32 = 60_000, claiming claim: (Int64, Int16)? = nil,
    version: Int16? = nil
  ) async throws -> InitProducerIdResponse {
    try await send(
      InitProducerIdRequest.with {
        $0.transactionalID = transactionalID
        $0.transactionTimeoutMilliseconds = timeout
        if let claim { ($0.producerID, $0.producerEpoch) = claim }
      }, version: version)
  }

  func producer(
    _ transactionalID: String = "tx", _ generation: Generation = .second, timeout: Int32 = 60_000
  ) async throws -> TestProducer {
    let response = try await initProducer(transactionalID, timeout: timeout)
    #expect(response.errorCode == .none)
    return TestProducer(
      transactionalID, generation, id: response.producerID, epoch: response.producerEpoch)
  }

  /// Takes the partition into the transaction, if the producer has to ask for that, and writes to it.
  @discardableResult
  func write(
    _ values: String..., to topic: StoredTopic, partition: Int32 = 0,
    by producer: inout TestProducer
  ) async throws -> ErrorCode {
    if producer.generation == .first {
      let codes = try await add([partition], of: topic, by: producer)
      guard codes == [.none] else { return codes[0] }
    }
    let batch = producer.batch(values, to: "\(topic.name)-\(partition)")
    return try await produce(
      batch, to: topic, partition: partition, in: producer.transactionalID,
      version: producer.generation == .first ? 11 : nil)
  }

  func produce(
    _ batch: [UInt8], to topic: StoredTopic, partition: Int32 = 0, in transactionalID: String?,
    version: Int16? = nil
  ) async throws -> ErrorCode {
    var request = ProduceRequest.writing(batch, to: topic, partition: partition)
    request.transactionalID = transactionalID
    let response = try await send(request, version: version)
    return try #require(response.responses.first?.partitionResponses.first).errorCode
  }

  /// As clients do; the codes of the partitions.
  func add(
    _ partitions: [Int32], of topic: StoredTopic, by producer: TestProducer, version: Int16 = 3
  ) async throws -> [ErrorCode] {
    let response = try await send(
      AddPartitionsToTxnRequest.with {
        $0.transactionalID = producer.transactionalID
        $0.producerID = producer.id
        $0.producerEpoch = producer.epoch
        $0.topics = [.with { ($0.name, $0.partitions) = (topic.name, partitions) }]
      }, version: version)
    return response.results.flatMap(\.partitions).map(\.errorCode)
  }

  func addOffsets(
    of group: String = "g", by producer: TestProducer, version: Int16? = nil
  ) async throws -> ErrorCode {
    try await send(
      AddOffsetsToTxnRequest.with {
        $0.transactionalID = producer.transactionalID
        $0.producerID = producer.id
        $0.producerEpoch = producer.epoch
        $0.groupID = group
      }, version: version
    ).errorCode
  }

  /// Without a claim to have a member's seat, unless `change` makes one; the codes of the partitions.
  func hold(
    _ offsets: [(partition: Int32, offset: Int64)], of topic: StoredTopic,
    by producer: TestProducer,
    version: Int16? = nil, _ change: (inout TxnOffsetCommitRequest) -> Void = { _ in }
  ) async throws -> [ErrorCode] {
    let response = try await send(
      TxnOffsetCommitRequest.with {
        $0.transactionalID = producer.transactionalID
        $0.groupID = "g"
        $0.producerID = producer.id
        $0.producerEpoch = producer.epoch
        $0.topics = [
          .with {
            ($0.name, $0.topicID) = (topic.name, topic.id)
            $0.partitions = offsets.map { partition, offset in
              .with { ($0.partitionIndex, $0.committedOffset) = (partition, offset) }
            }
          }
        ]
        change(&$0)
      }, version: version)
    return response.topics.flatMap(\.partitions).map(\.errorCode)
  }

  func commit(_ producer: inout TestProducer) async throws -> ErrorCode {
    try await end(&producer, isCommit: true)
  }

  func abort(_ producer: inout TestProducer) async throws -> ErrorCode {
    try await end(&producer, isCommit: false)
  }

  private func end(_ producer: inout TestProducer, isCommit: Bool) async throws -> ErrorCode {
    let isSecond = producer.generation == .second
    let response = try await endTxn(
      producer, isCommit: isCommit, version: isSecond ? 5 : 4)
    if response.errorCode == .none, isSecond {
      producer.goOn(as: response.producerID, response.producerEpoch)
    }
    return response.errorCode
  }

  func endTxn(
    _ producer: TestProducer, isCommit: Bool, version: Int16
  ) async throws -> EndTxnResponse {
    try await send(
      EndTxnRequest.with {
        $0.transactionalID = producer.transactionalID
        $0.producerID = producer.id
        $0.producerEpoch = producer.epoch
        $0.committed = isCommit
      }, version: version)
  }

  /// What one reads who reads only what is committed.
  func fetchCommitted(
    _ topic: StoredTopic, partition: Int32 = 0, from offset: Int64 = 0
  ) async throws -> FetchResponse.Partition {
    var request = FetchRequest.reading(topic, partition: partition, from: offset)
    request.isolationLevel = 1
    return try #require(try await send(request).responses.first?.partitions.first)
  }

  /// One transaction of the id, or `nil` if there is no such id.
  func describe(
    _ transactionalID: String
  ) async throws -> DescribeTransactionsResponse.Transaction? {
    let response = try await send(
      DescribeTransactionsRequest.with { $0.transactionalIDs = [transactionalID] })
    let transaction = try #require(response.transactionStates.first)
    if transaction.errorCode == .transactionalIDNotFound { return nil }
    #expect(transaction.errorCode == .none)
    return transaction
  }
}

extension FetchResponse.Partition {
  /// The values that a client gives on that reads only what is committed: it leaves out what a listed producer
  /// has written from the listed offset on, up to that producer's next marker.
  func committedValues() throws -> [String] {
    var waiting = try #require(abortedTransactions)[...]
    #expect(waiting.map(\.firstOffset) == waiting.map(\.firstOffset).sorted())
    var aborted: Set<Int64> = []
    var values: [String] = []
    for batch in try batches() {
      let header = try #require(BatchHeader(parsing: batch))
      while let next = waiting.first, next.firstOffset <= header.lastOffset {
        aborted.insert(next.producerID)
        waiting.removeFirst()
      }
      if header.attributes.contains(.control) {
        // An abort's type is 0, a commit's 1.
        let record = try #require(try DecodedRecord.decode(batch: batch).first)
        if record.key?.last == 0 { aborted.remove(header.producerID) }
      } else if !header.attributes.contains(.transactional) || !aborted.contains(header.producerID)
      {
        values += try DecodedRecord.decode(batch: batch).map {
          String(decoding: $0.value ?? [], as: UTF8.self)
        }
      }
    }
    return values
  }

  /// The values of all records that are no markers.
  func writtenValues() throws -> [String] {
    try batches().flatMap { batch -> [String] in
      let header = try #require(BatchHeader(parsing: batch))
      if header.attributes.contains(.control) { return [] }
      return try DecodedRecord.decode(batch: batch).map {
        String(decoding: $0.value ?? [], as: UTF8.self)
      }
    }
  }
}
