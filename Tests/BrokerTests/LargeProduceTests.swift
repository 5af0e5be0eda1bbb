import ActaModel
import BatchCodec
import Bytes
import KafkaWire
import LogEngine
import LogStorage
import Testing

@testable import Broker

/// Requests that are too much for the thread they come in on, and batches that unpack to much more than
/// they are.
@Suite("Produce: large work") struct LargeProduceTests {
  /// A batch of one record of `count` zeros.
  private func zeros(
    _ count: Int, _ codec: CompressionCodec = .gzip, producer: Int64 = -1, sequence: Int32 = -1
  ) -> [UInt8] {
    var builder = BatchBuilder(
      producerID: producer, producerEpoch: producer < 0 ? -1 : 0, baseSequence: sequence)
    builder.append(
      timestamp: ManualWallClock.start, key: nil, value: [UInt8](repeating: 0, count: count))
    return builder.finish(compression: codec)
  }

  private func answers(
    _ response: ProduceResponse
  ) -> [ProduceResponse.Partition] { response.responses.flatMap(\.partitionResponses) }

  @Test("every batch of a request that unpacks to far more than there is room for is stored")
  func manyBatches() async throws {
    let fixture = try BrokerFixture()
    let topic = try await fixture.createTopic("t", partitions: 100)
    let batch = zeros(960 << 10)
    #expect(batch.count < 4_000)
    let response = try await fixture.send(
      ProduceRequest.writing((0..<100).map { ($0, batch) }, to: topic))
    #expect(answers(response).allSatisfy { $0.errorCode == .none && $0.baseOffset == 0 })
    #expect(answers(response).map(\.index) == (0..<100).map { Int32($0) })
    let record = try await fixture.fetch(topic, partition: 99).decodedRecords()
    #expect(record.map { $0.value?.count } == [960 << 10])
  }

  @Test(
    "of two producers with large batches on the way neither loses one, in whatever codec",
    arguments: [CompressionCodec.gzip, .lz4, .zstd, .snappy])
  func twoProducers(codec: CompressionCodec) async throws {
    let fixture = try BrokerFixture()
    let topic = try await fixture.createTopic("t", partitions: 2)
    var calls: [Call<ProduceResponse>] = []
    // Large and small ones by turns: the small may not overtake.
    for sequence: Int32 in 0..<6 {
      for producer: Int64 in 0..<2 {
        let batch = zeros(
          sequence.isMultiple(of: 2) ? 5 << 20 : 10, codec, producer: producer, sequence: sequence)
        calls.append(
          try fixture.begin(
            ProduceRequest.writing([(Int32(producer), batch)], to: topic),
            on: fixture.connection(UInt64(producer) + 10)))
      }
    }
    for (index, call) in calls.enumerated() {
      let answer = try #require(answers(try await call.response()).first)
      #expect(answer.errorCode == .none, "\(index)")
      #expect(answer.baseOffset == Int64(index / 2))
    }
  }

  @Test("the bound on what a batch unpacks to is the same whatever it comes with")
  func bound() async throws {
    let fixture = try BrokerFixture(["acta.max.decompressed.bytes": "2097152"])
    let topic = try await fixture.createTopic("t", partitions: 8)
    let within = zeros(2_000_000)
    let beyond = zeros(2_100_000)
    for codec in [CompressionCodec.gzip, .lz4, .zstd, .snappy] {
      let alone = try await fixture.produce(zeros(2_100_000, codec), to: topic)
      #expect(alone.errorCode == .messageTooLarge)
    }
    let batches = [within, beyond, within, within, beyond, within, zeros(10), beyond]
    let response = try await fixture.send(
      ProduceRequest.writing(batches.enumerated().map { (Int32($0), $1) }, to: topic))
    let isAccepted = answers(response).map { $0.errorCode == .none }
    #expect(isAccepted == [true, false, true, true, false, true, true, false])
    #expect(answers(response)[1].errorMessage?.contains("2097152") == true)
  }

  @Test("a request of thousands of partitions is stored, its answer in order")
  func manyPartitions() async throws {
    let fixture = try BrokerFixture()
    let topic = try await fixture.createTopic("t", partitions: 1_000)
    let order = (0..<1_000).map { Int32($0) }.reversed() + [2_000]
    let calls = try ["a", "b"].map { value in
      try fixture.begin(
        ProduceRequest.writing(order.map { ($0, Batch.of(value)) }, to: topic))
    }
    for (offset, call) in calls.enumerated() {
      let answers = answers(try await call.response())
      #expect(answers.map(\.index) == Array(order))
      #expect(answers.dropLast().allSatisfy { $0.baseOffset == Int64(offset) })
      #expect(answers.last?.errorCode == .unknownTopicOrPartition)
    }
  }

  @Test("a large batch under acks=0 is stored in silence, a refused one closes the connection")
  func silence() async throws {
    let fixture = try BrokerFixture(["acta.max.decompressed.bytes": "6291456"])
    let topic = try await fixture.createTopic("t")
    let stored = try fixture.begin(
      ProduceRequest.writing([(0, zeros(5 << 20))], to: topic, acks: 0))
    #expect(await stored.outcome().isSilence)
    let refused = try fixture.begin(
      ProduceRequest.writing([(0, zeros(7 << 20))], to: topic, acks: 0))
    #expect(await refused.outcome().closeReason?.contains("acks=0") == true)
    #expect(try await fixture.produce(Batch.of("b"), to: topic).baseOffset == 1)
  }
}

@Suite("Produce: room to unpack in") struct UnpackingRoomTests {
  @Test("there is room up to the capacity, and for one that is larger alone")
  func room() {
    let room = UnpackingRoom(capacity: 10)
    #expect(room.tryTake(4))
    #expect(room.tryTake(6))
    #expect(!room.tryTake(1))
    room.giveBack(4)
    #expect(!room.tryTake(20))
    room.giveBack(6)
    #expect(room.tryTake(20))
    #expect(!room.tryTake(0))
    #expect(room.takenBytes == 20)
  }
}

@Suite("Produce: what an event loop does itself") struct QuickValidationTests {
  private func offered(_ bytes: [UInt8]) -> OfferedBatch {
    OfferedBatch(
      partition: PartitionID(1), subject: "t-0", records: .init(bytes), rules: BatchRules())
  }

  private func batch(_ count: Int, _ codec: CompressionCodec) -> [UInt8] {
    var builder = BatchBuilder()
    builder.append(
      timestamp: ManualWallClock.start, key: nil, value: [UInt8](repeating: 0, count: count))
    return builder.finish(compression: codec)
  }

  private func isDone(_ bytes: [UInt8], _ quick: inout QuickValidation) -> Bool {
    quick.validate(offered(bytes), now: ManualWallClock.start) != nil
  }

  @Test("what is small is judged at once, in any codec", arguments: CompressionCodec.allCases)
  func small(codec: CompressionCodec) {
    var quick = QuickValidation()
    #expect(isDone(batch(100_000, codec), &quick))
    #expect(isDone(batch(100_000, codec), &quick))
  }

  @Test(
    "what unpacks to much is not", arguments: CompressionCodec.allCases.filter { $0 != .none })
  func large(codec: CompressionCodec) {
    var quick = QuickValidation()
    #expect(!isDone(batch(1_100_000, codec), &quick))
  }

  @Test("the batches of a request share the time")
  func shared() {
    var quick = QuickValidation()
    let bytes = batch(300_000, .lz4)
    #expect(isDone(bytes, &quick))
    #expect(isDone(bytes, &quick))
    #expect(isDone(bytes, &quick))
    #expect(!isDone(bytes, &quick))
    let plain = batch(900_000, .none)
    #expect(isDone(plain, &quick))
  }

  @Test("a topic that wants another codec takes longer")
  func recompression() {
    var rules = BatchRules()
    rules.compression = .gzip
    let batches = [CompressionCodec.none, .lz4, .gzip].map { codec in
      OfferedBatch(
        partition: PartitionID(1), subject: "t-0", records: .init(batch(200_000, codec)),
        rules: rules)
    }
    #expect(batches.map(\.isPackedAnew) == [true, true, false])
    let isDone = batches.map { batch in
      var quick = QuickValidation()
      return [batch, batch].map { quick.validate($0, now: ManualWallClock.start) != nil }
    }
    #expect(isDone == [[true, false], [false, false], [true, false]])
  }

  @Test("a verdict that more room would not change is given at once")
  func verdicts() {
    var quick = QuickValidation()
    var damaged = batch(1_000, .gzip)
    damaged[damaged.count - 10] ^= 1
    #expect(isDone(damaged, &quick))
    #expect(isDone(batch(1_100_000, .none), &quick), "larger than max.message.bytes")
  }
}
