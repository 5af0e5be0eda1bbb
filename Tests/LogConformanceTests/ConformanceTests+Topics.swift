import ActaModel
import BatchCodec
import LogStorage
import LogTestSupport
import ModelLiterals
import Testing

extension ConformanceTests {
  @Test("topics are created, each on its own", arguments: Backend.allCases)
  func createTopics(_ backend: Backend) async throws {
    try await backend.run { log in
      let results = await log.create([
        newTopic("b", partitions: 2, configs: ["retention.ms": "1000"]),
        newTopic("a.x"), newTopic("a_x"), newTopic("b"),
      ])
      #expect(try results[0].get().partitions.count == 2)
      #expect(results[2] == .failure(.topicNameCollides(with: "a.x")))
      #expect(results[3] == .failure(.topicExists(name: "b")))
      #expect(log.catalog().topics.map(\.name) == ["a.x", "b"])
      let topic = try #require(log.catalog()["b"])
      #expect(topic.configs == ["retention.ms": "1000"])
      #expect(log.catalog()[id: topic.id] == topic)
      #expect(log.catalog().location(of: topic.partitions[1])?.number == 1)
      #expect(
        log.bounds(of: topic.partitions[1])
          == LogBounds(logStartOffset: 0, highWatermark: 0, logEndOffset: 0))
    }
  }

  @Test("a topic grows, and only grows", arguments: Backend.allCases)
  func grow(_ backend: Backend) async throws {
    try await backend.run { log in
      _ = try await log.makeTopic("grows", partitions: 2)
      let id = try #require(log.catalog()["grows"]).id
      let topic = try await log.grow(id, to: 5).get()
      #expect(topic.partitions.count == 5)
      #expect(log.catalog()["grows"] == topic)
      #expect(await log.grow(id, to: 5) == .failure(.partitionCountNotLarger(present: 5)))
      #expect(await log.grow(.zero, to: 9) == .failure(.unknownTopic))
      try await log.write(try batch("new"), to: topic.partitions[4])
      #expect(try await log.values(topic.partitions[4]) == ["new"])
    }
  }

  @Test("a deleted topic is gone, and its name is free", arguments: Backend.allCases)
  func deleteTopics(_ backend: Backend) async throws {
    try await backend.run { log in
      let old = try await log.makeTopic("again")
      try await log.write(try batch("old"), to: old[0])
      let id = try #require(log.catalog()["again"]).id
      let results = await log.delete([id, id])
      #expect(try results[0].get().name == "again")
      #expect(results[1] == .failure(.unknownTopic))
      #expect(log.bounds(of: old[0]) == nil)
      let append = await log.append([PartitionAppend(partition: old[0], batch: try batch("x"))])
      #expect(append == [.failure(.unknownPartition(old[0]))])

      let new = try await log.makeTopic("again")
      #expect(Set(new).isDisjoint(with: old))
      #expect(try await log.values(new[0]).isEmpty)
      #expect(try await log.write(try batch("new"), to: new[0]).baseOffset == 0)
    }
  }

  @Test("producer ids rise and never repeat", arguments: Backend.allCases)
  func producerIDs(_ backend: Backend) async throws {
    try await backend.run { log in
      var ids: [ProducerID] = []
      for _ in 0..<5 { ids.append(try await log.producerID().get()) }
      #expect(Set(ids).count == 5)
      #expect(ids == ids.sorted())
    }
  }
}
