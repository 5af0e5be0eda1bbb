import ActaModel
import BatchCodec
import LogStorage
import LogTestSupport
import ModelLiterals
import SQLite
import Testing

@testable import LogEngine
@testable import SQLiteLog
@testable import SQLiteStore

@Suite("What survives a restart")
struct RestartTests {
  @Test("records, topics and configs are there again, under a new epoch")
  func restart() async throws {
    let files = try FileStorage()
    let first = try files.open()
    _ = await first.create([newTopic("orders", partitions: 2, configs: ["a": "b"])])
    let topic = try #require(first.catalog()["orders"])
    try await first.write(try batch("a", "b"), to: topic.partitions[1])
    _ = await first.trim([RecordDeletion(partition: topic.partitions[1], beforeOffset: 1)])
    first.close()

    let second = try files.open()
    #expect(second.identity.clusterID == first.identity.clusterID)
    #expect(second.identity.clusterID.count == 22)
    #expect(second.identity.leaderEpoch == LeaderEpoch(first.identity.leaderEpoch.value + 1))
    #expect(second.catalog()["orders"] == topic)
    #expect(
      second.bounds(of: topic.partitions[1])
        == LogBounds(logStartOffset: 1, highWatermark: 2, logEndOffset: 2))
    #expect(try await second.values(topic.partitions[1], from: 1) == ["b"])
    #expect(try await second.write(try batch("c"), to: topic.partitions[1]).baseOffset == 2)
    second.close()
  }

  @Test("a new log takes the cluster's id that it is given, and keeps it for good")
  func clusterID() throws {
    let files = try FileStorage()
    var options = SQLiteOptions()
    options.clusterID = "first"
    options.allowsNetworkFilesystem = true
    do {
      let first = try SQLiteStore.open(.file(files.path), options: options)
      #expect(first.identity.clusterID == "first")
      try first.close()
    }
    options.clusterID = "later"
    do {
      let again = try SQLiteStore.open(.file(files.path), options: options)
      #expect(again.identity.clusterID == "first")
      try again.close()
    }
    let second = try files.open()
    #expect(second.identity.clusterID == "first")
    second.close()
  }

  @Test("offsets are not used again when retention has emptied the log")
  func noReuse() async throws {
    let files = try FileStorage()
    let first = try files.open()
    let partition = try await first.makeTopic("t")[0]
    try await first.write(try batch("a", "b", "c"), to: partition)
    _ = await first.trim([RecordDeletion(partition: partition, beforeOffset: nil)])
    first.close()
    let second = try files.open()
    #expect(try await second.write(try batch("d"), to: partition).baseOffset == 3)
    second.close()
  }

  @Test("a retry after a restart is still a duplicate")
  func producers() async throws {
    let files = try FileStorage()
    let produced = try producedBatch(
      [TestRecord()], producer: TestProducer(id: 4, epoch: 1, sequence: 5))
    let first = try files.open()
    let partition = try await first.makeTopic("t")[0]
    try await first.write(produced, to: partition)
    first.close()
    let second = try files.open()
    #expect(try await second.write(produced, to: partition).isDuplicate)
    let later = try producedBatch(
      [TestRecord()], producer: TestProducer(id: 4, epoch: 1, sequence: 7))
    #expect(
      await second.append([PartitionAppend(partition: partition, batch: later)])
        == [.failure(.sequenceOutOfOrder(expected: 6, found: 7))])
    second.close()
  }

  @Test("a silent producer is forgotten")
  func expiredProducer() async throws {
    var files = try FileStorage()
    files.options.producerExpiration = { 10 }
    let first = try files.open()
    let partition = try await first.makeTopic("t")[0]
    let produced = try producedBatch(
      [TestRecord()], producer: TestProducer(id: 4, epoch: 1, sequence: 5))
    try await first.write(produced, to: partition)
    first.close()
    let start = files.options.now()
    files.options.now = { start + 11 }
    let second = try files.open()
    #expect(try await second.write(produced, to: partition).isDuplicate == false)
    second.close()
  }

  @Test("producer ids are not given twice")
  func producerIDs() async throws {
    let files = try FileStorage()
    var ids: Set<ProducerID> = []
    for _ in 0..<3 {
      let log = try files.open()
      for _ in 0..<3 { #expect(ids.insert(try await log.producerID().get()).inserted) }
      log.close()
    }
  }

  @Test("each epoch ends where the next one that wrote begins")
  func epochs() async throws {
    let files = try FileStorage()
    // Epochs 0, 2 and 3 write one, two and three records.
    var partition = PartitionID(0)
    for (epoch, count) in [1, 0, 2, 3].enumerated() {
      let log = try files.open()
      #expect(log.identity.leaderEpoch == LeaderEpoch(Int32(epoch)))
      if epoch == 0 { partition = try await log.makeTopic("t")[0] }
      if count > 0 {
        try await log.write(
          try producedBatch(Array(repeating: TestRecord(), count: count)), to: partition)
      }
      log.close()
    }
    let log = try files.open()
    func end(_ epoch: LeaderEpoch) async throws -> EpochEnd? {
      try await log.end(ofEpoch: epoch, partition).get()
    }
    #expect(try await end(0) == EpochEnd(epoch: 0, endOffset: 1))
    #expect(try await end(1) == EpochEnd(epoch: 0, endOffset: 1))
    #expect(try await end(2) == EpochEnd(epoch: 2, endOffset: 3))
    #expect(try await end(3) == EpochEnd(epoch: 3, endOffset: 6))
    #expect(try await end(4) == EpochEnd(epoch: 4, endOffset: 6))
    #expect(try await end(5) == nil)
    // Older than all that is left.
    _ = await log.trim([RecordDeletion(partition: partition, beforeOffset: 4)])
    #expect(try await end(0) == EpochEnd(epoch: 0, endOffset: 4))
    #expect(try await end(3) == EpochEnd(epoch: 3, endOffset: 6))
    log.close()
  }

  @Test("what is refused after closing says so")
  func closed() async throws {
    let files = try FileStorage()
    let log = try files.open()
    let partition = try await log.makeTopic("t")[0]
    log.close()
    log.close()
    #expect(
      await log.append([PartitionAppend(partition: partition, batch: try batch("a"))])
        == [.failure(.closed)])
    #expect(await log.sizes([partition]) == .failure(.closed))
  }

  @Test("closing applies what waits")
  func drain() async throws {
    let files = try FileStorage()
    let log = try files.open()
    let partition = try await log.makeTopic("t")[0]
    let results = Recorder<Offset?>()
    for index in 0..<200 {
      log.append(
        [PartitionAppend(partition: partition, batch: try batch("\(index)"))], acknowledge: .synced
      ) { results.append(try? $0[0].get().baseOffset) }
    }
    log.close()
    #expect(results.values == (0..<200).map { Offset(Int64($0)) })
    let again = try files.open()
    #expect(again.bounds(of: partition)?.highWatermark == 200)
    again.close()
  }
}
