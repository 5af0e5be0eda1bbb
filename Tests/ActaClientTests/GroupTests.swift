import ActaClient
import ActaNode
import Synchronization
import Testing

enum Way: CaseIterable, Sendable {
  case range, cooperative, consumer

  func apply(_ configuration: inout ConsumerConfiguration) {
    configuration.groupID = "billing"
    configuration.heartbeatIntervalMilliseconds = 100
    switch self {
    case .range: configuration.partitionAssignmentStrategy = [.range]
    case .cooperative: configuration.partitionAssignmentStrategy = [.cooperativeSticky]
    case .consumer: configuration.groupProtocol = .consumer
    }
  }
}

/// Notes what it is told.
final class Notes: RebalanceListener {
  private let told = Mutex<[String]>([])

  var all: [String] { told.withLock { $0 } }

  func partitionsAssigned(_ partitions: [TopicPartition]) async {
    told.withLock { $0.append("assigned \(partitions)") }
  }

  func partitionsRevoked(_ partitions: [TopicPartition]) async {
    told.withLock { $0.append("revoked \(partitions)") }
  }

  func partitionsLost(_ partitions: [TopicPartition]) async {
    told.withLock { $0.append("lost \(partitions)") }
  }
}

@Suite("Consumers of a group") struct GroupTests {
  private let broker: ListeningNode

  init() throws {
    broker = try ListeningNode(beatingOften: ["num.partitions": "4"])
  }

  @Test(
    "what a member keeps it can commit at any time, while others come and go",
    .timeLimit(.minutes(1)), arguments: [Way.cooperative, .consumer])
  func committingAmongRebalances(_ way: Way) async throws {
    try await broker.produce(0..<8)
    let consumer = try broker.consumer {
      way.apply(&$0)
      $0.enableAutoCommit = false
      $0.retryBackoffMilliseconds = 5
    }
    try await consumer.subscribe(to: ["t"])
    #expect(try await consumer.poll(withinMilliseconds: 20_000).isEmpty == false)
    let others = Task {
      for _ in 0..<5 {
        let other = try broker.consumer { way.apply(&$0) }
        try await other.subscribe(to: ["t"])
        while try await other.assignment.isEmpty {
          _ = try await other.poll(withinMilliseconds: 5)
        }
        await other.close()
      }
    }
    let isOver = Atomic(false)
    let waiting = Task {
      _ = await others.result
      isOver.store(true, ordering: .relaxed)
    }
    while !isOver.load(ordering: .relaxed) {
      _ = try await consumer.poll(withinMilliseconds: 1)
      for _ in 0..<20 { try await consumer.commit() }
    }
    await waiting.value
    try await others.value
    await consumer.close()
    try await broker.node.shutdown()
  }

  /// Who the coordinator is may be told before it is told who the brokers are: that is no failure, behind which
  /// `retry.backoff.ms` would be waited for.
  @Test(
    "a member that has just begun joins without waiting for another attempt",
    arguments: Way.allCases)
  func joiningAtOnce(_ way: Way) async throws {
    try await broker.produce(0..<1)
    let consumer = try broker.consumer {
      way.apply(&$0)
      $0.retryBackoffMilliseconds = 50_000
      $0.retryBackoffMaxMilliseconds = 50_000
    }
    try await consumer.subscribe(to: ["t"])
    #expect(try await consumer.poll(withinMilliseconds: 20_000).map(\.value) == ["0"])
    await consumer.close()
    try await broker.node.shutdown()
  }

  @Test("a group goes on where it was", arguments: Way.allCases)
  func resuming(_ way: Way) async throws {
    try await broker.produce(0..<100)
    let notes = Notes()
    let first = try broker.consumer { way.apply(&$0) }
    try await first.subscribe(to: ["t"], listener: notes)
    let taken = try await first.take(100)
    #expect(Set(taken.compactMap(\.value)) == Set((0..<100).map { "\($0)" }))
    await first.close()
    let all = (0..<4).map { TopicPartition("t", $0) }
    #expect(notes.all == ["assigned \(all)", "revoked \(all)"])
    try await broker.produce(100..<120)
    let second = try broker.consumer { way.apply(&$0) }
    try await second.subscribe(to: ["t"])
    #expect(
      Set(try await second.take(20).compactMap(\.value)) == Set((100..<120).map { "\($0)" }))
    await second.close()
    try await broker.node.shutdown()
  }

  @Test("two members share the partitions, and each record is read once", arguments: Way.allCases)
  func sharing(_ way: Way) async throws {
    let read = Values()
    let members = try (0..<2).map { _ in try broker.consumer { way.apply(&$0) } }
    for member in members { try await member.subscribe(to: ["t"]) }
    try await broker.produce(0..<1)
    let reading = members.map { member in
      Task {
        while !Task.isCancelled {
          for record in try await member.poll(withinMilliseconds: 50) {
            read.add(record.value ?? "")
          }
        }
      }
    }
    for member in members { try await Self.until { try await member.assignment.count == 2 } }
    try await broker.produce(1..<200)
    try await Self.until { read.all.count >= 200 }
    for task in reading {
      task.cancel()
      try await task.value
    }
    #expect(read.all.sorted() == (0..<200).map { "\($0)" }.sorted())
    for member in members { await member.close() }
    try await broker.node.shutdown()
  }

  /// Looks until it is so; the test's own limit ends it otherwise.
  private static func until(_ isSo: () async throws -> Bool) async throws {
    for _ in 0..<2_000 {
      if try await isSo() { return }
      try await Task.sleep(for: .milliseconds(10))
    }
    throw NeverHappened()
  }

  private struct NeverHappened: Error {}

  private final class Values: Sendable {
    private let values = Mutex<[String]>([])

    var all: [String] { values.withLock { $0 } }

    func add(_ value: String) { values.withLock { $0.append(value) } }
  }

  @Test("nobody subscribes to a topic without a name, or to what no name matches")
  func subscribingToNothing() async throws {
    let consumer = try broker.consumer { Way.range.apply(&$0) }
    for topics in [["t", ""], [" "]] {
      let error = await #expect(throws: KafkaError.self) {
        try await consumer.subscribe(to: topics)
      }
      #expect(error?.exception == "java.lang.IllegalArgumentException")
    }
    await #expect(throws: KafkaError.self) { try await consumer.subscribe(matching: "") }
    await consumer.close()
    try await broker.node.shutdown()
  }

  @Test("positions are committed by hand, with metadata, and asked for")
  func committing() async throws {
    try await broker.produce(0..<40)
    let consumer = try broker.consumer {
      Way.range.apply(&$0)
      $0.enableAutoCommit = false
    }
    try await consumer.subscribe(to: ["t"])
    let record = try #require(try await consumer.take(1).first)
    try await consumer.commit(record)
    let partition = TopicPartition(record.topic, record.partition)
    #expect(try await consumer.committed([partition])[partition]?.offset == record.offset + 1)
    try await consumer.commit([partition: OffsetAndMetadata(7, metadata: "why")])
    #expect(try await consumer.committed([partition])[partition]?.metadata == "why")
    #expect(try await consumer.endOffsets([partition]) == [partition: 10])
    #expect(try await consumer.beginningOffsets([partition]) == [partition: 0])
    await consumer.close()
    let other = try broker.consumer { $0.groupID = "billing" }
    #expect(try await other.committed([partition])[partition]?.offset == 7)
    await other.close()
    try await broker.node.shutdown()
  }

  @Test("a pattern takes in topics that come later", arguments: [Way.range, .consumer])
  func patterns(_ way: Way) async throws {
    try await broker.produce(0..<4)
    let consumer = try broker.consumer {
      way.apply(&$0)
      $0.metadataMaxAgeMilliseconds = 200
    }
    try await consumer.subscribe(matching: "t|later.*")
    #expect(try await consumer.take(4).count == 4)
    let producer = try broker.producer()
    _ = try await producer.send(ProducerRecord(topic: "later-1", key: nil, value: "new"))
    #expect(try await consumer.take(1).map(\.value) == ["new"])
    await producer.close()
    await consumer.close()
    try await broker.node.shutdown()
  }

  @Test("a consumer without a group cannot subscribe; one that has subscribed is not assigned")
  func misuse() async throws {
    let alone = try broker.consumer()
    let none = await #expect(throws: KafkaError.self) { try await alone.subscribe(to: ["t"]) }
    #expect(none?.description.contains("group.id") == true)
    await #expect(throws: KafkaError.self) { try await alone.commit() }
    await alone.close()
    let member = try broker.consumer { Way.range.apply(&$0) }
    try await member.subscribe(to: ["t"])
    await #expect(throws: KafkaError.self) {
      try await member.assign([TopicPartition("t", 0)])
    }
    await #expect(throws: KafkaError.self) { try await member.subscribe(matching: "(") }
    await member.close()
    try await broker.node.shutdown()
  }
}
