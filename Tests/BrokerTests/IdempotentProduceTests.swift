import ActaModel
import KafkaWire
import LogEngine
import LogStorage
import Testing

@testable import Broker

@Suite("Produce by idempotent producers") struct IdempotentProduceTests {
  private let fixture: BrokerFixture

  init() throws { fixture = try BrokerFixture() }

  @Test("a duplicate is answered with the offset it was first given")
  func duplicate() async throws {
    let topic = try await fixture.createTopic("orders")
    let batch = Batch.from(producer: 7, sequence: 0, count: 2)
    #expect(try await fixture.produce(batch, to: topic).baseOffset == 0)
    try await fixture.produce(Batch.of("other"), to: topic)
    let again = try await fixture.produce(batch, to: topic)
    #expect(again.errorCode == .none)
    #expect(again.baseOffset == 0)
    #expect(try await fixture.fetch(topic).highWatermark == 3)
  }

  @Test("five batches back a duplicate is known, six back it is out of order")
  func window() async throws {
    let topic = try await fixture.createTopic("orders")
    for sequence: Int32 in 0..<6 {
      try await fixture.produce(Batch.from(producer: 7, sequence: sequence), to: topic)
    }
    let fifth = try await fixture.produce(Batch.from(producer: 7, sequence: 1), to: topic)
    #expect(fifth.errorCode == .none)
    #expect(fifth.baseOffset == 1)
    let sixth = try await fixture.produce(Batch.from(producer: 7, sequence: 0), to: topic)
    #expect(sixth.errorCode == .outOfOrderSequenceNumber)
  }

  @Test("a gap in the sequence is refused, and the missing batch is then taken")
  func gap() async throws {
    let topic = try await fixture.createTopic("orders")
    try await fixture.produce(Batch.from(producer: 7, sequence: 0, count: 2), to: topic)
    let gap = try await fixture.produce(Batch.from(producer: 7, sequence: 3), to: topic)
    #expect(gap.errorCode == .outOfOrderSequenceNumber)
    #expect(gap.errorMessage?.contains("orders-0: expected 2, found 3") == true)
    #expect(gap.baseOffset == -1)
    let next = try await fixture.produce(Batch.from(producer: 7, sequence: 2), to: topic)
    #expect(next.baseOffset == 2)
  }

  @Test("a newer epoch begins at 0 and fences the older one")
  func epochs() async throws {
    let topic = try await fixture.createTopic("orders")
    try await fixture.produce(Batch.from(producer: 7, epoch: 3, sequence: 0), to: topic)
    let late = try await fixture.produce(
      Batch.from(producer: 7, epoch: 4, sequence: 1), to: topic)
    #expect(late.errorCode == .outOfOrderSequenceNumber)
    let raised = try await fixture.produce(
      Batch.from(producer: 7, epoch: 4, sequence: 0), to: topic)
    #expect(raised.errorCode == .none)
    let stale = try await fixture.produce(
      Batch.from(producer: 7, epoch: 3, sequence: 1), to: topic)
    #expect(stale.errorCode == .invalidProducerEpoch)
  }

  @Test("sequences are kept per partition and per producer")
  func independence() async throws {
    let topic = try await fixture.createTopic("orders", partitions: 2)
    try await fixture.produce(Batch.from(producer: 7, sequence: 0), to: topic, partition: 0)
    try await fixture.produce(Batch.from(producer: 7, sequence: 0), to: topic, partition: 1)
    try await fixture.produce(Batch.from(producer: 8, sequence: 0), to: topic, partition: 0)
    let next = try await fixture.produce(Batch.from(producer: 7, sequence: 1), to: topic)
    #expect(next.baseOffset == 2)
  }

  @Test("a failed batch leaves the others of its request alone")
  func others() async throws {
    let topic = try await fixture.createTopic("orders", partitions: 2)
    try await fixture.produce(Batch.from(producer: 7, sequence: 0), to: topic, partition: 0)
    let request = ProduceRequest.writing(
      [(0, Batch.from(producer: 7, sequence: 9)), (1, Batch.from(producer: 7, sequence: 0))],
      to: topic)
    let answers = try await fixture.send(request).responses.flatMap(\.partitionResponses)
    #expect(answers.map(\.errorCode) == [.outOfOrderSequenceNumber, .none])
  }

  @Test(
    "an id from InitProducerId is fresh in every version", arguments: versions(of: .initProducerID))
  func initProducerID(version: Int16) async throws {
    let first = try await fixture.send(InitProducerIdRequest(), version: version)
    let second = try await fixture.send(InitProducerIdRequest(), version: version)
    #expect(first.errorCode == .none)
    #expect(first.producerID >= 0)
    #expect(first.producerEpoch == 0)
    #expect(second.producerID > first.producerID)
  }

  @Test("producer ids are not given again after a restart")
  func producerIDsAcrossStarts() async throws {
    let folder = try TemporaryFolder()
    let before = try BrokerFixture(at: folder.database)
    let first = try await before.send(InitProducerIdRequest())
    before.storage.close()
    let second = try await BrokerFixture(at: folder.database).send(InitProducerIdRequest())
    #expect(second.producerID > first.producerID)
  }
}
