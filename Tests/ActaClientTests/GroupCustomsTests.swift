import ActaClient
import ActaNode
import Synchronization
import Testing

/// What programs of Kafka's courses do with a group, at a broker.
@Suite("Customs of groups", .timeLimit(.minutes(2))) struct GroupCustomsTests {
  private let broker: ListeningNode

  init() throws {
    broker = try ListeningNode(beatingOften: ["num.partitions": "4"])
  }

  private let all = (0..<4).map { TopicPartition("t", $0) }

  private func produce(_ values: Range<Int>, timestamp: Int64? = nil) async throws {
    let producer = try broker.producer { $0.partitioner = .roundRobin }
    for value in values {
      try await producer.enqueue(
        ProducerRecord(topic: "t", key: nil, value: "\(value)", timestamp: timestamp))
    }
    await producer.close()
  }

  /// Looks until it is so; the suite's limit ends it otherwise.
  private func until(_ isSo: () async throws -> Bool) async throws {
    while try await !isSo() { try await Task.sleep(for: .milliseconds(5)) }
  }

  private func haveShared(
    _ one: Consumer<String, String>, _ other: Consumer<String, String>
  ) async throws -> Bool {
    let counts = (try await one.assignment.count, try await other.assignment.count)
    return counts == (2, 2)
  }

  /// Begins at an offset, and commits another one when partitions go.
  private final class Mover: RebalanceListener {
    let consumer = Mutex<Consumer<String, String>?>(nil)
    private let failures = Mutex<[String]>([])

    var failed: [String] { failures.withLock { $0 } }

    private func note(_ body: (Consumer<String, String>) async throws -> Void) async {
      guard let consumer = consumer.withLock({ $0 }) else { return }
      do { try await body(consumer) } catch { failures.withLock { $0.append("\(error)") } }
    }

    func partitionsAssigned(_ partitions: [TopicPartition]) async {
      await note { consumer in
        for partition in partitions { try await consumer.seek(partition, to: 3) }
      }
    }

    func partitionsRevoked(_ partitions: [TopicPartition]) async {
      await note { consumer in
        try await consumer.commit(
          Dictionary(
            partitions.map { ($0, OffsetAndMetadata(7)) }, uniquingKeysWith: { $1 }))
      }
    }
  }

  @Test("a listener seeks in what it gets, and commits what it gives up", arguments: Way.allCases)
  func listening(_ way: Way) async throws {
    try await produce(0..<40)
    let mover = Mover()
    let consumer = try broker.consumer {
      way.apply(&$0)
      $0.enableAutoCommit = false
    }
    mover.consumer.withLock { $0 = consumer }
    try await consumer.subscribe(to: ["t"], listener: mover)
    let taken = try await consumer.take(28)
    #expect(taken.map(\.offset).sorted() == (3..<10).flatMap { [Int64](repeating: $0, count: 4) })
    await consumer.close()
    mover.consumer.withLock { $0 = nil }
    #expect(mover.failed == [])
    let other = try broker.consumer { $0.groupID = "billing" }
    #expect(try await other.committed(all).mapValues(\.offset).values.sorted() == [7, 7, 7, 7])
    await other.close()
    try await broker.node.shutdown()
  }

  @Test(
    "what is paused stays so when others come, for those that stay",
    arguments: [Way.cooperative, .consumer])
  func pausing(_ way: Way) async throws {
    try await produce(0..<40)
    let (first, second) = (
      try broker.consumer { way.apply(&$0) }, try broker.consumer { way.apply(&$0) }
    )
    try await first.subscribe(to: ["t"])
    #expect(try await first.take(40).count == 40)
    try await first.pause(all)
    try await produce(40..<80)
    try await second.subscribe(to: ["t"])
    var (ofFirst, ofSecond) = ([ConsumerRecord<String, String>](), 0)
    try await until {
      ofFirst += try await first.poll(withinMilliseconds: 5)
      ofSecond += try await second.poll(withinMilliseconds: 5).count
      return try await haveShared(first, second) && ofSecond == 20
    }
    #expect(ofFirst.isEmpty)
    #expect(try await first.paused == first.assignment)
    try await first.resume(first.assignment)
    #expect(try await first.take(20).count == 20)
    await first.close()
    await second.close()
    try await broker.node.shutdown()
  }

  @Test(
    "a static member that is back in time has its partitions, and nobody else notices",
    arguments: Way.allCases)
  func staticMember(_ way: Way) async throws {
    try await produce(0..<4)
    func member(_ name: String, _ notes: Notes) async throws -> Consumer<String, String> {
      let consumer = try broker.consumer {
        way.apply(&$0)
        $0.groupInstanceID = name
      }
      try await consumer.subscribe(to: ["t"], listener: notes)
      return consumer
    }
    let (before, others, after) = (Notes(), Notes(), Notes())
    let (first, other) = (try await member("a", before), try await member("b", others))
    try await until {
      _ = try await first.poll(withinMilliseconds: 5)
      _ = try await other.poll(withinMilliseconds: 5)
      return try await haveShared(first, other)
    }
    let (mine, told) = (try await first.assignment, others.all)
    await first.close()
    let again = try await member("a", after)
    try await until {
      _ = try await again.poll(withinMilliseconds: 5)
      _ = try await other.poll(withinMilliseconds: 5)
      return try await again.assignment == mine
    }
    #expect(others.all == told)
    await again.close()
    await other.close()
    try await broker.node.shutdown()
  }

  @Test(
    "who takes too long from one poll to the next loses its partitions, cannot commit, and comes back",
    arguments: Way.allCases)
  func slowProgram(_ way: Way) async throws {
    try await produce(0..<40)
    let notes = Notes()
    let slow = try broker.consumer {
      way.apply(&$0)
      $0.maxPollIntervalMilliseconds = 300
      $0.enableAutoCommit = false
    }
    try await slow.subscribe(to: ["t"], listener: notes)
    #expect(try await slow.take(40).count == 40)
    let other = try broker.consumer { way.apply(&$0) }
    try await other.subscribe(to: ["t"])
    try await until {
      _ = try await other.poll(withinMilliseconds: 5)
      return try await other.assignment.count == 4
    }
    let refused = await #expect(throws: KafkaError.self) { try await slow.commit() }
    #expect(refused?.description.contains("max.poll.interval.ms") == true)
    try await until {
      _ = try await slow.poll(withinMilliseconds: 5)
      _ = try await other.poll(withinMilliseconds: 5)
      return try await haveShared(slow, other)
    }
    let told = notes.all
    let lost = told.filter { $0.hasPrefix("lost") }.joined()
    for partition in all { #expect(lost.contains("\(partition)"), "\(told)") }
    #expect(!told.contains { $0.hasPrefix("revoked") }, "\(told)")
    await slow.close()
    await other.close()
    try await broker.node.shutdown()
  }

  /// Whoever leads the group has to ask about topics that it has not subscribed to itself.
  @Test(
    "members that have subscribed to different topics each get their own", arguments: Way.allCases)
  func differentTopics(_ way: Way) async throws {
    let (first, second) = (
      try broker.consumer { way.apply(&$0) }, try broker.consumer { way.apply(&$0) }
    )
    try await produce(0..<4)
    let producer = try broker.producer()
    _ = try await producer.send(ProducerRecord(topic: "u", key: nil, value: "other"))
    await producer.close()
    try await first.subscribe(to: ["t"])
    #expect(try await first.take(4).count == 4)
    try await second.subscribe(to: ["u"])
    var taken: [String?] = []
    try await until {
      _ = try await first.poll(withinMilliseconds: 5)
      taken += try await second.poll(withinMilliseconds: 5).map(\.value)
      // The first one may be between two assignments while the second has its own already.
      let topics = try await Set(first.assignment.map(\.topic))
      return !taken.isEmpty && topics == ["t"]
    }
    #expect(taken == ["other"])
    await first.close()
    await second.close()
    try await broker.node.shutdown()
  }

  @Test("a topic that is made after it was subscribed to is taken up", arguments: Way.allCases)
  func laterTopic(_ way: Way) async throws {
    let consumer = try broker.consumer {
      way.apply(&$0)
      $0.allowAutoCreateTopics = false
      $0.metadataMaxAgeMilliseconds = 200
    }
    try await consumer.subscribe(to: ["later"])
    #expect(try await consumer.poll(withinMilliseconds: 300).isEmpty)
    let admin = try broker.admin()
    _ = try await admin.createTopics([NewTopic("later", partitions: 2)])["later"]?.get()
    await admin.close()
    let producer = try broker.producer()
    _ = try await producer.send(ProducerRecord(topic: "later", key: nil, value: "new"))
    await producer.close()
    #expect(try await consumer.take(1).map(\.value) == ["new"])
    #expect(try await consumer.assignment.count == 2)
    await consumer.close()
    try await broker.node.shutdown()
  }

  @Test("without a position, those of the last minutes are read, or none at all")
  func byDuration() async throws {
    let producer = try broker.producer()
    let consumer = try broker.consumer {
      $0.groupID = "billing"
      $0.autoOffsetReset = .byDuration(milliseconds: 600_000)
    }
    // An hour ago, and now.
    let sent = try await producer.send(
      ProducerRecord(topic: "t", partition: 0, key: nil, value: "old"))
    for (value, age) in [("older", 3_600_000), ("new", 0)] as [(String, Int64)] {
      _ = try await producer.send(
        ProducerRecord(
          topic: "u", partition: 0, key: nil, value: value, timestamp: sent.timestamp - age))
    }
    await producer.close()
    try await consumer.assign([TopicPartition("u", 0)])
    #expect(try await consumer.take(1).map(\.value) == ["new"])
    await consumer.close()
    try await broker.node.shutdown()
  }
}
