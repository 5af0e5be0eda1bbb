import ActaModel
import BatchCodec
import LogStorage
import LogTestSupport
import ModelLiterals
import Testing

@testable import LogEngine

/// What is known of producers when the engine before was killed, and had written down little of it.
@Suite("Producers after a kill") struct ProducerReplayTests {
  private static let day: Int64 = 86_400_000

  private func options(_ clock: TestClock) -> EngineOptions {
    var options = EngineOptions()
    options.now = { clock.now }
    options.foreignPollMilliseconds = 3_600_000
    options.maxBatchesToReplay = 2
    return options
  }

  private func batch(_ sequence: Int32) throws -> ProducedBatch {
    try producedBatch(
      [TestRecord()], producer: TestProducer(id: 7, epoch: 0, sequence: sequence))
  }

  @Test("a producer is not forgotten for what its row says when a batch says that it was heard of")
  func expiry() async throws {
    let clock = TestClock()
    let first = ScriptedStore()
    let engine = try LogEngine(first, options: options(clock))
    let partition = try await engine.makeTopic()
    for sequence: Int32 in 0..<2 { try await engine.write(try batch(sequence), to: partition) }
    #expect(first.tables.producers[partition]?[7]?.batches.count == 2)
    clock.advance(by: Self.day - 1)
    try await engine.write(try batch(2), to: partition)
    #expect(first.tables.producers[partition]?[7]?.batches.count == 2)

    let second = ScriptedStore()
    second.tables = first.tables
    engine.close()
    clock.advance(by: 2)
    let again = try LogEngine(second, options: options(clock))
    // Between two groups the writer does some of its own work.
    var rounds = 0
    while rounds < 100_000, second.tables.partitions[partition]?.producersThrough != 3 {
      #expect(await again.decide { _ in } == nil)
      rounds += 1
    }
    for _ in 0..<100 { #expect(await again.decide { _ in } == nil) }
    #expect(second.tables.producers[partition]?[7]?.batches.count == 3)
    #expect(try await again.write(try batch(1), to: partition).isDuplicate)
    #expect(try await again.write(try batch(2), to: partition).isDuplicate)
    again.close()
  }

  @Test("batches are not taken away before what they say of their producer is stored")
  func trimmed() async throws {
    let clock = TestClock()
    let first = ScriptedStore()
    let engine = try LogEngine(first, options: options(clock))
    let partition = try await engine.makeTopic()
    try await engine.write(try batch(0), to: partition)
    _ = await engine.trim([RecordDeletion(partition: partition, beforeOffset: nil)])
    let second = ScriptedStore()
    second.tables = first.tables
    engine.close()
    let again = try LogEngine(second, options: options(clock))
    #expect(try await again.write(try batch(0), to: partition).isDuplicate)
    #expect(try await again.write(try batch(1), to: partition).baseOffset == 1)
    again.close()
  }
}
