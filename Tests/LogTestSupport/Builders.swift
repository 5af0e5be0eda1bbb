package import ActaModel
package import BatchCodec
package import LogStorage
import ModelLiterals

/// Records as tests name them.
package struct TestRecord: Equatable {
  package var timestamp: Int64
  package var key: String?
  package var value: String?
  package var headers: [RecordHeader]

  package init(
    timestamp: Int64 = 1_700_000_000_000, key: String? = nil, value: String? = "value",
    headers: [RecordHeader] = []
  ) {
    self.timestamp = timestamp
    self.key = key
    self.value = value
    self.headers = headers
  }
}

package struct TestProducer {
  package var id: Int64
  package var epoch: Int16
  package var sequence: Int32
  package var isTransactional: Bool

  package init(
    id: Int64 = -1, epoch: Int16 = -1, sequence: Int32 = -1, isTransactional: Bool = false
  ) {
    self.id = id
    self.epoch = epoch
    self.sequence = sequence
    self.isTransactional = isTransactional
  }
}

package func producedBatch(
  _ records: [TestRecord], producer: TestProducer = TestProducer(),
  compression: CompressionCodec = .none, logAppendTimeAt: Int64? = nil
) throws -> ProducedBatch {
  var builder = BatchBuilder(
    producerID: producer.id, producerEpoch: producer.epoch, baseSequence: producer.sequence,
    attributes: producer.isTransactional ? .transactional : [])
  for record in records {
    builder.append(
      timestamp: record.timestamp, key: record.key.map { Array($0.utf8) },
      value: record.value.map { Array($0.utf8) }, headers: record.headers)
  }
  var rules = BatchRules()
  rules.usesLogAppendTime = logAppendTimeAt != nil
  rules.timestampAfterMaxMilliseconds = .max
  rules.maxMessageBytes = 64 << 20
  return try ProducedBatch.validate(
    builder.finish(compression: compression), rules: rules,
    now: logAppendTimeAt ?? 1_700_000_000_000)
}

/// A batch of plain records with these values.
package func batch(_ values: String..., at timestamp: Int64 = 1_700_000_000_000) throws
  -> ProducedBatch
{
  try producedBatch(values.map { TestRecord(timestamp: timestamp, value: $0) })
}

package func newTopic(
  _ name: String, partitions: Int = 1, configs: [String: String] = [:]
) -> NewTopic {
  var generator = SeededGenerator(seed: .random(in: 0...UInt64.max))
  return NewTopic(
    id: .random(using: &generator), name: name, partitionCount: partitions, configs: configs)
}

extension LogStorage {
  /// A new topic's partitions.
  package func makeTopic(_ name: String, partitions: Int = 1) async throws -> [PartitionID] {
    try await create([newTopic(name, partitions: partitions)])[0].get().partitions
  }

  /// Gives each partition a record, for which it gets its table.
  package func fill(_ partitions: [PartitionID]) async throws {
    let results = await append(
      try partitions.map { PartitionAppend(partition: $0, batch: try batch("filled")) })
    for result in results { _ = try result.get() }
  }

  @discardableResult
  package func write(
    _ batch: ProducedBatch, to partition: PartitionID, _ point: AcknowledgePoint = .synced
  ) async throws -> AppendOutcome {
    try await append([PartitionAppend(partition: partition, batch: batch)], point)[0].get()
  }

  /// What a consumer sees from `offset` on, records below it left out as clients do.
  package func records(
    _ partition: PartitionID, from offset: Offset = 0, maxBytes: Int = 64 << 20
  ) async throws -> [DecodedRecord] {
    let read = PartitionRead(partition: partition, offset: offset, maxBytes: maxBytes)
    let outcome = try await self.read([read], maxBytes: maxBytes)[0].get()
    return try outcome.batches.flatMap { try DecodedRecord.decode(batch: $0.contiguous) }
      .filter { $0.offset >= offset.value }
  }

  package func values(_ partition: PartitionID, from offset: Offset = 0) async throws -> [String] {
    try await records(partition, from: offset).map {
      String(decoding: $0.value ?? [], as: UTF8.self)
    }
  }
}

/// A generator whose seed a failing test prints.
package struct SeededGenerator: RandomNumberGenerator {
  private var state: UInt64

  package init(seed: UInt64) { state = seed }

  package mutating func next() -> UInt64 {
    state &+= 0x9e37_79b9_7f4a_7c15
    var mixed = state
    mixed = (mixed ^ mixed >> 30) &* 0xbf58_476d_1ce4_e5b9
    mixed = (mixed ^ mixed >> 27) &* 0x94d0_49bb_1331_11eb
    return mixed ^ mixed >> 31
  }
}
