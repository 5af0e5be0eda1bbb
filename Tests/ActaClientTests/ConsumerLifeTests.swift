import ActaClient
import ActaNode
import Testing

@Suite("What a consumer has, and how it ends") struct ConsumerLifeTests {
  private let broker: ListeningNode

  init() throws {
    broker = try ListeningNode(beatingOften: ["num.partitions": "2"])
  }

  private let all = [TopicPartition("t", 0), TopicPartition("t", 1)]

  @Test("who has neither subscribed nor been assigned is told so, and does not wait for ever")
  func nothingToRead() async throws {
    let consumer = try broker.consumer { $0.groupID = "billing" }
    let error = await #expect(throws: KafkaError.self) {
      for try await _ in consumer.records {}
    }
    #expect(
      error?.description
        == "Consumer is not subscribed to any topics or assigned any partitions")
    #expect(error?.exception == "java.lang.IllegalStateException")
    try await consumer.assign([TopicPartition("t", 0)])
    #expect(try await consumer.poll(withinMilliseconds: 10).isEmpty)
    try await consumer.assign([])
    await #expect(throws: KafkaError.self) { try await consumer.poll(withinMilliseconds: 10) }
    await consumer.close()
    try await broker.node.shutdown()
  }

  @Test("what cannot be moved is said: a partition that is another's, an offset below zero")
  func moving() async throws {
    let consumer = try broker.consumer()
    try await consumer.assign([all[0]])
    let calls: [(String, () async throws -> Void)] = [
      ("seek", { try await consumer.seek(all[1], to: 3) }),
      ("seekToBeginning", { try await consumer.seekToBeginning(all) }),
      ("seekToEnd", { try await consumer.seekToEnd([all[1]]) }),
      ("pause", { try await consumer.pause(all) }),
      ("resume", { try await consumer.resume([all[1]]) }),
    ]
    for (name, call) in calls {
      let error = await #expect(throws: KafkaError.self, "\(name)") { try await call() }
      #expect(error?.message == "No current assignment for partition t-1", "\(name)")
      #expect(error?.partition == 1, "\(name)")
    }
    // All or nothing.
    #expect(try await consumer.paused.isEmpty)
    try await consumer.pause([all[0]])
    #expect(try await consumer.paused == [all[0]])
    let below = await #expect(throws: KafkaError.self) { try await consumer.seek(all[0], to: -1) }
    #expect(below?.description == "seek offset must not be a negative number")
    let time = await #expect(throws: KafkaError.self) {
      try await consumer.offsetsForTimes([all[0]: -1])
    }
    #expect(time?.description.contains("The target time cannot be negative.") == true)
    await consumer.close()
    try await broker.node.shutdown()
  }

  @Test("a position below zero is not committed")
  func negativePosition() async throws {
    let consumer = try broker.consumer { $0.groupID = "billing" }
    let error = await #expect(throws: KafkaError.self) {
      try await consumer.commit([all[0]: OffsetAndMetadata(-2)])
    }
    #expect(error?.description == "Invalid negative offset: -2 of t-0")
    await consumer.close()
    try await broker.node.shutdown()
  }

  @Test(
    "unsubscribing leaves the group and tells the listener; then the consumer begins anew",
    arguments: Way.allCases)
  func unsubscribing(_ way: Way) async throws {
    try await broker.produce(0..<10)
    let (notes, later) = (Notes(), Notes())
    let consumer = try broker.consumer { way.apply(&$0) }
    try await consumer.subscribe(to: ["t"], listener: notes)
    #expect(try await consumer.subscription == ["t"])
    #expect(try await consumer.take(10).count == 10)
    #expect(try await broker.members() == 1)
    try await consumer.unsubscribe()
    #expect(notes.all == ["assigned \(all)", "revoked \(all)"])
    #expect(try await broker.members() == 0)
    #expect(try await consumer.subscription.isEmpty)
    #expect(try await consumer.assignment.isEmpty)
    await #expect(throws: KafkaError.self) { try await consumer.poll(withinMilliseconds: 10) }
    try await broker.produce(10..<14)
    try await consumer.subscribe(to: ["t"], listener: later)
    #expect(
      Set(try await consumer.take(4).compactMap(\.value)) == Set((10..<14).map { "\($0)" }))
    #expect(later.all == ["assigned \(all)"])
    try await consumer.unsubscribe()
    // And what was a member may be told its partitions.
    try await consumer.assign([all[0]])
    try await consumer.seekToBeginning([all[0]])
    #expect(try await consumer.take(7).count == 7)
    await consumer.close()
    try await broker.node.shutdown()
  }

  @Test("a consumer that nobody has any more has left its group", arguments: Way.allCases)
  func dropped(_ way: Way) async throws {
    try await broker.produce(0..<10)
    try await {
      let consumer = try broker.consumer { way.apply(&$0) }
      try await consumer.subscribe(to: ["t"])
      #expect(try await consumer.take(10).count == 10)
      #expect(try await broker.members() == 1)
    }()
    // Its session would go on for 45 s.
    var left = try await broker.members()
    for _ in 0..<200 where left > 0 {
      try await Task.sleep(for: .milliseconds(10))
      left = try await broker.members()
    }
    #expect(left == 0)
    try await broker.node.shutdown()
  }

  @Test("a scope ends in the group however its body does")
  func scope() async throws {
    struct Stop: Error {}
    try await broker.produce(0..<10)
    var configuration = ConsumerConfiguration(
      bootstrapServers: [broker.address], groupID: "billing")
    configuration.autoOffsetReset = .earliest
    let first = try await Consumer<String, String>.with(
      configuration, key: StringDeserializer(), value: StringDeserializer()
    ) { consumer in
      try await consumer.subscribe(to: ["t"])
      for try await record in consumer.records { return record.offset }
      return -1
    }
    #expect(first == 0)
    #expect(try await broker.members() == 0)
    await #expect(throws: Stop.self) {
      try await Consumer<String, String>.with(
        configuration, key: StringDeserializer(), value: StringDeserializer()
      ) { consumer in
        try await consumer.subscribe(to: ["t"])
        _ = try await consumer.take(1)
        throw Stop()
      }
    }
    #expect(try await broker.members() == 0)
    try await broker.node.shutdown()
  }

  @Test("run() that is cancelled leaves the group, and who waits for records is told")
  func running() async throws {
    try await broker.produce(0..<10)
    let consumer = try broker.consumer { Way.range.apply(&$0) }
    let running = Task { try await consumer.run() }
    try consumer.start()
    try await consumer.subscribe(to: ["t"])
    #expect(try await consumer.take(10).count == 10)
    #expect(try await broker.members() == 1)
    let waiting = Task { for try await _ in consumer.records {} }
    running.cancel()
    try await running.value
    #expect(try await broker.members() == 0)
    let error = await #expect(throws: KafkaError.self) { try await waiting.value }
    #expect(error?.isFatal == true)
    try await broker.node.shutdown()
  }

  @Test("batches are as large as a poll, and end with the task")
  func batches() async throws {
    try await broker.produce(0..<40)
    let consumer = try broker.consumer { $0.maxPollRecords = 8 }
    try await consumer.assign(all)
    let reading = Task {
      var sizes: [Int] = []
      for try await batch in consumer.batches {
        #expect(Set(batch.map(\.partition)).count == 1)
        sizes.append(batch.count)
        if sizes.reduce(0, +) == 40 { withUnsafeCurrentTask { $0?.cancel() } }
      }
      return sizes
    }
    let sizes = try await reading.value
    #expect(sizes.reduce(0, +) == 40)
    #expect(sizes.allSatisfy { (1...8).contains($0) })
    await consumer.close()
    try await broker.node.shutdown()
  }

  @Test("positions are committed without waiting, and whoever asked is told")
  func committingLater() async throws {
    try await broker.produce(0..<4)
    let consumer = try broker.consumer { $0.groupID = "billing" }
    try await consumer.assign([all[0]])
    let told: Result<Void, KafkaError> = try await withCheckedThrowingContinuation { waiting in
      do {
        try consumer.commitLater([all[0]: OffsetAndMetadata(2, metadata: "why")]) {
          waiting.resume(returning: $0)
        }
      } catch {
        waiting.resume(throwing: error)
      }
    }
    try told.get()
    let committed = try await consumer.committed([all[0]])
    #expect(committed[all[0]]?.offset == 2)
    #expect(committed[all[0]]?.metadata == "why")
    await consumer.close()
    try await broker.node.shutdown()
  }
}
