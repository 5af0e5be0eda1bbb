import ActaModel
import BatchCodec
import Bytes
import KafkaWire
import LogEngine
import LogStorage
import Testing

@testable import Broker

@Suite("Fetch") struct FetchTests {
  private let fixture: BrokerFixture

  init() throws { fixture = try BrokerFixture() }

  @Test("returns what was produced", arguments: versions(of: .fetch))
  func versionsRead(version: Int16) async throws {
    let topic = try await fixture.createTopic("orders")
    try await fixture.produce(Batch.of("a", "b"), to: topic)
    let response = try await fixture.send(
      FetchRequest.reading(topic, from: 0), version: version)
    #expect(response.errorCode == .none)
    #expect(response.sessionID == 0)
    let answer = try #require(response.responses.first)
    #expect(version >= 13 ? answer.topicID == topic.id : answer.topic == "orders")
    let partition = try #require(answer.partitions.first)
    #expect(partition.errorCode == .none)
    #expect(partition.highWatermark == 2)
    #expect(partition.lastStableOffset == 2)
    #expect(partition.logStartOffset == (version >= 5 ? 0 : -1))
    #expect(partition.preferredReadReplica == -1)
    #expect(try partition.decodedRecords().map(\.offset) == [0, 1])
    #expect(try partition.values() == ["a", "b"])
  }

  @Test("outside the log the offset is out of range and no bounds are told")
  func outOfRange() async throws {
    let topic = try await fixture.createTopic("orders")
    try await fixture.produce(Batch.of("a", "b"), to: topic)
    try await fixture.deleteRecords(of: topic, below: 1)
    for offset: Int64 in [0, 3, -1] {
      let partition = try await fixture.fetch(topic, from: offset)
      #expect(partition.errorCode == .offsetOutOfRange)
      #expect(partition.highWatermark == -1)
      #expect(partition.lastStableOffset == -1)
      #expect(partition.logStartOffset == -1)
      #expect(partition.records == RecordChunks())
    }
  }

  @Test("at the end there is nothing, without error")
  func end() async throws {
    let topic = try await fixture.createTopic("orders")
    try await fixture.produce(Batch.of("a", "b"), to: topic)
    let partition = try await fixture.fetch(topic, from: 2)
    #expect(partition.errorCode == .none)
    #expect(partition.highWatermark == 2)
    #expect(partition.records == RecordChunks())
  }

  @Test("from the middle of a batch the whole batch comes")
  func middle() async throws {
    let topic = try await fixture.createTopic("orders")
    try await fixture.produce(Batch.of("a", "b", "c"), to: topic)
    let partition = try await fixture.fetch(topic, from: 2)
    #expect(try partition.decodedRecords().map(\.offset) == [0, 1, 2])
  }

  @Test("the first batch comes whole however large, and then the limits hold")
  func firstBatch() async throws {
    let topic = try await fixture.createTopic("orders", partitions: 2)
    for partition: Int32 in 0...1 {
      try await fixture.produce(Batch.of("a", "b"), to: topic, partition: partition)
      try await fixture.produce(Batch.of("c"), to: topic, partition: partition)
    }
    var request = FetchRequest.reading([0, 1], of: topic, from: 0)
    request.maxBytes = 1
    let answers = try await fixture.send(request).responses.flatMap(\.partitions)
    #expect(try answers.map { try $0.values() } == [["a", "b"], []])
  }

  @Test("a partition's own limit holds for all but the first batch of the answer")
  func partitionLimit() async throws {
    let topic = try await fixture.createTopic("orders", partitions: 2)
    for partition: Int32 in 0...1 {
      try await fixture.produce(Batch.of("a"), to: topic, partition: partition)
      try await fixture.produce(Batch.of("b"), to: topic, partition: partition)
    }
    let size = Int32(Batch.of("a").count)
    let expected: [(limit: Int32, values: [[String]])] = [
      (0, [["a"], []]), (size, [["a"], ["a"]]), (2 * size, [["a", "b"], ["a", "b"]]),
    ]
    for (limit, values) in expected {
      var request = FetchRequest.reading([0, 1], of: topic, from: 0)
      request.topics[0].partitions[0].partitionMaxBytes = limit
      request.topics[0].partitions[1].partitionMaxBytes = limit
      let answers = try await fixture.send(request).responses.flatMap(\.partitions)
      #expect(try answers.map { try $0.values() } == values)
    }
  }

  @Test("of a partition that is asked for twice the last word counts, in the place of the first")
  func repeats() async throws {
    let topic = try await fixture.createTopic("orders", partitions: 2)
    for value in ["a", "b", "c"] {
      for partition: Int32 in 0...1 {
        try await fixture.produce(Batch.of(value), to: topic, partition: partition)
      }
    }
    var request = FetchRequest.reading([0, 1, 0], of: topic, from: 0)
    request.topics[0].partitions[2].fetchOffset = 2
    for _ in 0..<2 {
      let topics = try await fixture.send(request).responses
      #expect(topics.count == 1)
      #expect(topics.flatMap(\.partitions).map(\.partitionIndex) == [0, 1])
      #expect(
        try topics.flatMap(\.partitions).map { try $0.values() } == [["c"], ["a", "b", "c"]])
      // The same in two parts.
      let last = request.topics[0].partitions.removeLast()
      request.topics.append(request.topics[0])
      request.topics[1].partitions = [last]
    }
  }

  @Test("a cached batch goes out from where it is, to every reader")
  func uncopied() async throws {
    let topic = try await fixture.createTopic("orders")
    let batch = Batch.of(String(repeating: "a", count: 2 * RecordChunks.copiedBelow))
    try await fixture.produce(batch, to: topic)
    // Both answers live until the end, so that neither's memory can become the other's.
    let first = try await fixture.begin(FetchRequest.reading(topic)).outcome()
    let second = try await fixture.begin(FetchRequest.reading(topic)).outcome()
    let addresses = try [first, second].map { answer in
      let pieces = try #require(answer.frame).pieces
      let piece = try #require(pieces.first { $0.count == batch.count - BatchHeader.size })
      return piece.withUnsafeBytes(\.baseAddress)
    }
    #expect(addresses[0] == addresses[1])
  }

  @Test("fetch.max.bytes caps what the client asks for")
  func brokerLimit() async throws {
    let fixture = try BrokerFixture(["fetch.max.bytes": "1024"])
    let topic = try await fixture.createTopic("orders")
    for _ in 0..<20 { try await fixture.produce(Batch.of("0123456789"), to: topic) }
    let batches = try await fixture.fetch(topic).batches()
    #expect(batches.count == 1024 / Batch.of("0123456789").count)
  }

  @Test("a partition that fails leaves the others alone")
  func partialFailure() async throws {
    let topic = try await fixture.createTopic("orders")
    try await fixture.produce(Batch.of("a"), to: topic)
    let response = try await fixture.send(FetchRequest.reading([3, 0], of: topic, from: 0))
    let answers = response.responses.flatMap(\.partitions)
    #expect(answers.map(\.partitionIndex) == [3, 0])
    #expect(answers.map(\.errorCode) == [.unknownTopicOrPartition, .none])
    #expect(try answers[1].values() == ["a"])
  }

  @Test("an unknown topic is refused by name up to version 12 and by id after it")
  func unknownTopic() async throws {
    let byName = try await fixture.fetch(.unknown, from: 0, version: 12)
    #expect(byName.errorCode == .unknownTopicOrPartition)
    #expect(byName.abortedTransactions == [])
    let byID = try await fixture.fetch(.unknown, from: 0, version: 13)
    #expect(byID.errorCode == .unknownTopicID)
    #expect(byID.abortedTransactions == [])
  }

  @Test("who has read records of an epoch that is yet to come is out of range")
  func lastEpochOfTheFuture() async throws {
    let topic = try await fixture.createTopic("orders")
    try await fixture.produce(Batch.of("a"), to: topic)
    let epoch = fixture.storage.identity.leaderEpoch.value
    for (last, code) in [(-1, .none), (epoch, .none), (epoch + 1, .offsetOutOfRange)]
      as [(Int32, ErrorCode)]
    {
      var request = FetchRequest.reading(topic, from: 0)
      request.topics[0].partitions[0].lastFetchedEpoch = last
      let partition = try await fixture.send(request).responses.first?.partitions.first
      #expect(partition?.errorCode == code)
    }
  }

  @Test("sessions are declined, and one that the client brings is not known")
  func sessions() async throws {
    let topic = try await fixture.createTopic("orders")
    var request = FetchRequest.reading(topic, from: 0)
    request.sessionEpoch = 0
    let offered = try await fixture.send(request)
    #expect(offered.errorCode == .none)
    #expect(offered.sessionID == 0)
    request.sessionID = 7
    request.sessionEpoch = 1
    let unknown = try await fixture.send(request)
    #expect(unknown.errorCode == .fetchSessionIDNotFound)
    #expect(unknown.responses == [])
    request.sessionID = 0
    let nameless = try await fixture.send(request)
    #expect(nameless.errorCode == .fetchSessionIDNotFound)
    request.sessionID = 7
    request.sessionEpoch = -1
    let closing = try await fixture.send(request)
    #expect(closing.errorCode == .none)
    #expect(closing.responses.count == 1)
  }

  @Test("before version 10 zstd is not sent", arguments: versions(of: .fetch))
  func zstd(version: Int16) async throws {
    let topic = try await fixture.createTopic("orders")
    try await fixture.produce(Batch.of("a"), to: topic)
    try await fixture.produce(Batch.of("b", compression: .zstd), to: topic)
    try await fixture.produce(Batch.of("c"), to: topic)
    let all = try await fixture.fetch(topic, version: version)
    #expect(all.errorCode == .none)
    #expect(try all.values() == (version < 10 ? ["a"] : ["a", "b", "c"]))
    let second = try await fixture.fetch(topic, from: 1, version: version)
    #expect(second.errorCode == (version < 10 ? .unsupportedCompressionType : .none))
    #expect(second.highWatermark == (version < 10 ? -1 : 3))
    #expect(try await fixture.fetch(topic, from: 2, version: version).values() == ["c"])
  }

  @Test("nobody may call itself a replica")
  func replicas() async throws {
    let topic = try await fixture.createTopic("orders")
    var old = FetchRequest.reading(topic, from: 0)
    old.replicaID = 2
    #expect(try await fixture.send(old, version: 14).errorCode == .invalidRequest)
    var new = FetchRequest.reading(topic, from: 0)
    new.replicaState.replicaID = 2
    #expect(try await fixture.send(new, version: 15).errorCode == .invalidRequest)
  }

  @Test("read_committed gets an empty list of aborted transactions, read_uncommitted none")
  func isolation() async throws {
    let topic = try await fixture.createTopic("orders")
    try await fixture.produce(Batch.of("a"), to: topic)
    var request = FetchRequest.reading(topic, from: 0)
    for (level, aborted) in [(0, nil), (1, [])] as [(Int8, [FetchResponse.AbortedTransaction]?)] {
      request.isolationLevel = level
      let partition = try #require(
        try await fixture.send(request).responses.first?.partitions.first)
      #expect(partition.abortedTransactions == aborted)
      #expect(try partition.values() == ["a"])
    }
  }

  @Test("after a restart the log is read back, and leader epochs are checked from version 9 on")
  func leaderEpochs() async throws {
    let folder = try TemporaryFolder()
    let before = try BrokerFixture(at: folder.database)
    try await before.produce(Batch.of("a"), to: try await before.createTopic("orders"))
    before.storage.close()
    let after = try BrokerFixture(at: folder.database)
    let topic = try #require(after.storage.catalog()["orders"])
    let expected: [(epoch: Int32, code: ErrorCode)] = [
      (-1, .none), (0, .fencedLeaderEpoch), (1, .none), (2, .unknownLeaderEpoch),
    ]
    for version in versions(of: .fetch) {
      for (epoch, code) in expected {
        var request = FetchRequest.reading(topic, from: 0)
        request.topics[0].partitions[0].currentLeaderEpoch = epoch
        let response = try await after.send(request, version: version)
        let partition = try #require(response.responses.first?.partitions.first)
        #expect(partition.errorCode == (version >= 9 ? code : .none))
        #expect(try partition.values() == (partition.errorCode == .none ? ["a"] : []))
      }
    }
  }
}
