import ActaModel
import LogStorage
import LogTestSupport
import ModelLiterals
import Testing

@testable import LogEngine

@Suite("The writer's queue") struct WriteQueueTests {
  private func request(bytes: Int, weight: Int? = nil) -> WriteRequest {
    WriteRequest(
      bytes: bytes, weight: weight, point: .synced, apply: { _, _ in {} }, refuse: { _ in })
  }

  /// The weights of the requests that share a turn, turn by turn.
  private func groups(_ requests: [WriteRequest], max: Int) -> [[Int]] {
    let queue = WriteQueue(maxBytes: .max)
    for request in requests { queue.enqueue(request) }
    queue.close()
    var groups: [[Int]] = []
    while case .group(let group, _) = queue.next(maxGroupWeight: max, until: .max) {
      groups.append(group.map(\.weight))
    }
    return groups
  }

  @Test("a turn takes as many as its weight allows, in order")
  func weights() {
    let requests = [3, 3, 3, 20, 1, 9, 1].map { request(bytes: 1, weight: $0) }
    #expect(groups(requests, max: 10) == [[3, 3, 3], [20], [1, 9], [1]])
  }

  @Test("a request weighs its bytes at least")
  func bytes() {
    #expect(request(bytes: 7).weight == 7)
    #expect(request(bytes: 7, weight: 3).weight == 7)
  }
}

@Suite("What the writer does at once") struct TurnSizeTests {
  @Test("first records of many partitions, and many topics, are spread over turns")
  func turns() async throws {
    let store = ScriptedStore()
    let engine = try LogEngine(store, options: EngineOptions())
    let topics = (0..<40).map {
      NewTopic(id: TopicID(high: 1, low: UInt64($0)), name: "t\($0)", partitionCount: 1)
    }
    let partitions = await withTaskGroup(of: PartitionID?.self) { group in
      for topic in topics {
        group.addTask {
          let made = await withCheckedContinuation { done in
            engine.createTopics([topic]) { done.resume(returning: $0) }
          }
          return (try? made[0].get())?.partitions[0]
        }
      }
      return await group.reduce(into: []) { all, partition in partition.map { all.append($0) } }
    }
    #expect(partitions.count == 40)
    await withTaskGroup(of: Void.self) { group in
      for partition in partitions {
        group.addTask { _ = await engine.append(["a"], to: partition) }
      }
    }
    engine.close()
    // Between two commits there are at most four.
    let appends = store.calls.split(separator: "commit").map { turn in
      turn.count { $0 == "append" }
    }
    #expect(appends.reduce(0, +) == 40)
    #expect(appends.allSatisfy { $0 <= 4 })
  }

  /// - Returns: How many transactions ended in each turn, when six waited to.
  private func endsPerTurn(partitions: Int, positions: Int) async throws -> [Int] {
    let store = ScriptedStore()
    var options = EngineOptions()
    options.maxGroupBytes = 10 * TransactionWeight.marker + 6 * WriteRequest.smallSize
    let engine = try LogEngine(store, options: options)
    let topic = NewTopic(id: TopicID(high: 1, low: 1), name: "t", partitionCount: 5)
    let made = try await withCheckedContinuation { done in
      engine.createTopics([topic]) { done.resume(returning: $0[0]) }
    }.get().partitions
    try await engine.write([.putGroup(GroupRow(name: "g"))])
    for producer in 0..<6 as Range<Int64> {
      let committer = Committer(source: .transaction, producerID: ProducerID(producer))
      let commits = made[..<positions].map { OffsetCommit(partition: $0, offset: 1) }
      try await engine.turn { _ = try $0.hold(commits, of: "g", by: committer) }
    }
    let ended = Recorder<String>()
    // They are asked for in a turn, so that the next one finds all of them.
    try await engine.turn { _ in
      for producer in 0..<6 as Range<Int64> {
        let end = TransactionEnd(
          transactionalID: "tx-\(producer)",
          marker: ProducerClaim(id: ProducerID(producer), epoch: 0), isCommit: true,
          partitions: Set(made[..<partitions]), groups: [ExactText("g")])
        engine.turn(
          { turn in
            try turn.end(end)
            store.note("end")
            return { ended.append("\(producer)") }
          }, refuse: { ended.append("\($0)") })
      }
    }
    engine.close()
    #expect(ended.values == (0..<6).map { "\($0)" })
    return store.calls.split(separator: "begin").map { $0.count { $0 == "end" } }
      .filter { $0 > 0 }
  }

  @Test("ends of transactions share a turn until it has become long")
  func ends() async throws {
    #expect(try await endsPerTurn(partitions: 1, positions: 0) == [6])
    #expect(try await endsPerTurn(partitions: 5, positions: 0) == [3, 3])
    #expect(try await endsPerTurn(partitions: 0, positions: 5) == [3, 3])
    #expect(try await endsPerTurn(partitions: 5, positions: 5) == [2, 2, 2])
  }
}

@Suite("Requests that are to wait") struct LaterRequestTests {
  private func request(_ body: @escaping @Sendable () -> Void) -> WriteRequest {
    .single({ (_: Result<Void, StorageError>) in body() }, { _ in .success(()) })
  }

  private func count(of work: WriteQueue.Work) -> Int? {
    if case .group(let requests, _) = work { requests.count } else { nil }
  }

  @Test("others come first, and nobody wakes for them before their time")
  func order() {
    let queue = WriteQueue(maxBytes: 1 << 20)
    queue.enqueue(request {}, after: 3_600_000)
    #expect(queue.isEmpty)
    #expect(queue.queuedBytes == WriteRequest.smallSize)
    queue.enqueue(request {})
    #expect(count(of: queue.next(maxGroupWeight: .max, until: .max)) == 1)
    guard case .idle = queue.next(maxGroupWeight: .max, until: 0) else {
      Issue.record("it did not wait")
      return
    }
  }

  @Test("one comes when its time has come, and sooner when the queue is closed")
  func due() {
    let queue = WriteQueue(maxBytes: 1 << 20)
    queue.enqueue(request {}, after: 1)
    // Idle until then.
    var work = queue.next(maxGroupWeight: .max, until: .max)
    while case .idle = work { work = queue.next(maxGroupWeight: .max, until: .max) }
    #expect(count(of: work) == 1)
    queue.enqueue(request {}, after: 3_600_000)
    queue.close()
    #expect(count(of: queue.next(maxGroupWeight: .max, until: .max)) == 1)
  }

  @Test("a queue that stops gives them back")
  func stop() {
    let queue = WriteQueue(maxBytes: 1 << 20)
    queue.enqueue(request {}, after: 3_600_000)
    #expect(queue.stop(.closed).count == 1)
  }
}

@Suite("A topic of many partitions") struct LargeTopicTests {
  private let store = ScriptedStore()

  private func create(
    _ engine: LogEngine, _ name: String = "wide", partitions: Int = 5_000
  ) async -> Result<Topic, StorageError> {
    let topic = NewTopic(id: TopicID(high: 2, low: 7), name: name, partitionCount: partitions)
    return await withCheckedContinuation { done in
      engine.createTopics([topic]) { done.resume(returning: $0[0]) }
    }
  }

  @Test("is made in slices, and there with all of them")
  func slices() async throws {
    let engine = try LogEngine(store, options: EngineOptions())
    let topic = try await create(engine).get()
    #expect(topic.partitions.count == 5_000)
    #expect(engine.catalog()["wide"]?.partitions == topic.partitions)
    #expect(await engine.append(["a"], to: topic.partitions[4_999])[0].offset == 0)
    engine.close()
    // Each slice is a turn.
    let turns = store.calls.split(separator: "begin").map { $0.count { $0 == "stage" } }
    #expect(turns.filter { $0 > 0 } == [1, 1, 1])
  }

  @Test("is not there when a slice fails, and leaves nothing")
  func failure() async throws {
    let engine = try LogEngine(store, options: EngineOptions())
    let other = try await engine.makeTopic()
    store.fail(.stage, after: 2, with: .full("no room"))
    #expect(await create(engine) == .failure(.full))
    #expect(engine.catalog()["wide"] == nil)
    store.freeRoom()
    #expect(await engine.append(["a"], to: other)[0].offset == 0)
    engine.close()
    #expect(store.calls.contains("discard 4000"))
    #expect(store.tables.partitions.count == 1)
  }

  private func grow(
    _ engine: LogEngine, to count: Int
  ) async -> Result<Topic, StorageError> {
    let topic = engine.catalog()["narrow"]
    return await withCheckedContinuation { done in
      engine.createPartitions(of: topic?.id ?? .zero, count: count) { done.resume(returning: $0) }
    }
  }

  @Test("is grown to in slices, and has all of them at once")
  func growth() async throws {
    let engine = try LogEngine(store, options: EngineOptions())
    _ = try await create(engine, "narrow", partitions: 1).get()
    store.hold(.grow)
    async let grown = grow(engine, to: 5_000)
    store.waitUntilReached(.grow, times: 2)
    #expect(engine.catalog()["narrow"]?.partitions.count == 1)
    store.release(.grow)
    #expect(try await grown.get().partitions.count == 5_000)
    #expect(engine.catalog()["narrow"]?.partitions.count == 5_000)
    engine.close()
    let turns = store.calls.split(separator: "begin").map { $0.count { $0 == "grow" } }
    #expect(turns.filter { $0 > 0 } == [1, 1, 1, 1])
  }

  @Test("is as before when a slice of its growth fails")
  func growthFailure() async throws {
    let engine = try LogEngine(store, options: EngineOptions())
    let made = try await create(engine, "narrow", partitions: 1).get()
    store.fail(.grow, after: 2, with: .full("no room"))
    #expect(await grow(engine, to: 9_000) == .failure(.full))
    #expect(engine.catalog()["narrow"] == made)
    store.freeRoom()
    #expect(await engine.append(["a"], to: made.partitions[0])[0].offset == 0)
    engine.close()
    #expect(store.calls.contains("discard growth"))
    #expect(store.tables.partitions.count == 1)
  }

  @Test("gives way to one of its name that was quicker")
  func race() async throws {
    let engine = try LogEngine(store, options: EngineOptions())
    async let large = create(engine)
    async let small = create(engine, partitions: 1)
    let results = await [large, small]
    #expect(results.count { (try? $0.get()) != nil } == 1)
    let made = try #require(engine.catalog()["wide"])
    engine.close()
    #expect(store.tables.partitions.count == made.partitions.count)
  }
}
