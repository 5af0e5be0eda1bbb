import ActaClient
import ActaNode
import Synchronization
import Testing
import Threads

/// A member's loop over records that is left early.
@Suite("Loops that are left", .timeLimit(.minutes(2))) struct LeftLoopTests {
  private let broker: ListeningNode
  private let all = (0..<2).map { TopicPartition("t", $0) }

  init() throws {
    broker = try ListeningNode(beatingOften: ["num.partitions": "2"])
  }

  /// How far the group is, all partitions together.
  private func committed() async throws -> Int64 {
    let admin = try broker.admin()
    let found = try await admin.listGroupOffsets(["billing"])["billing"]?.get() ?? [:]
    await admin.close()
    return found.values.reduce(0) { $0 + $1.offset }
  }

  /// Looks until it is so; the suite's limit ends it otherwise.
  private func until(_ isSo: () async throws -> Bool) async throws {
    while try await !isSo() { try await Task.sleep(for: .milliseconds(5)) }
  }

  struct Stop: Error {}

  /// A way out of the loop, after so many records.
  struct Exit: Sendable, CustomTestStringConvertible {
    let testDescription: String
    let body: @Sendable (Consumer<String, String>, Int) async throws -> Int
  }

  static let exits = [
    Exit(testDescription: "break") { consumer, wanted in
      var count = 0
      for try await _ in consumer.records {
        count += 1
        if count == wanted { break }
      }
      return count
    },
    Exit(testDescription: "break out of batches") { consumer, wanted in
      var count = 0
      for try await batch in consumer.batches {
        count += batch.count
        if count >= wanted { break }
      }
      return count
    },
    Exit(testDescription: "an error") { consumer, wanted in
      var count = 0
      do {
        for try await _ in consumer.records {
          count += 1
          if count == wanted { throw Stop() }
        }
      } catch is Stop {}
      return count
    },
    Exit(testDescription: "cancellation") { consumer, wanted in
      try await Task {
        var count = 0
        for try await _ in consumer.records {
          count += 1
          // The rest of what was fetched is given to nobody.
          if count == wanted { withUnsafeCurrentTask { $0?.cancel() } }
        }
        return count
      }.value
    },
  ]

  @Test(
    "the group is left, with what was given committed and the listener told; another loop goes on",
    arguments: exits, Way.allCases)
  func leaving(_ exit: Exit, _ way: Way) async throws {
    try await broker.produce(0..<40)
    let notes = Notes()
    let consumer = try broker.consumer {
      way.apply(&$0)
      $0.maxPollRecords = 7
    }
    try await consumer.subscribe(to: ["t"], listener: notes)
    let first = try await exit.body(consumer, 10)
    #expect((10..<17).contains(first))
    // Its session would go on for 45 s.
    try await until { try await broker.members() == 0 }
    try await until { notes.all.count == 2 }
    #expect(notes.all == ["assigned \(all)", "revoked \(all)"])
    #expect(try await committed() == Int64(first))
    #expect(try await consumer.subscription == ["t"])
    let second = try await exit.body(consumer, 40 - first)
    #expect(first + second == 40)
    try await until { try await broker.members() == 0 }
    #expect(try await committed() == 40)
    await consumer.close()
    try await broker.node.shutdown()
  }

  @Test("others have the partitions at once", arguments: Way.allCases)
  func handingOver(_ way: Way) async throws {
    try await broker.produce(0..<40)
    let (first, second) = (
      try broker.consumer { way.apply(&$0) }, try broker.consumer { way.apply(&$0) }
    )
    for member in [first, second] { try await member.subscribe(to: ["t"]) }
    var taken = 0
    try await until {
      taken += try await first.poll(withinMilliseconds: 5).count
      taken += try await second.poll(withinMilliseconds: 5).count
      let counts = (try await first.assignment.count, try await second.assignment.count)
      return counts == (1, 1) && taken == 40
    }
    try await broker.produce(40..<80)
    let began = Clock.monotonicMilliseconds()
    for try await _ in first.records {
      taken += 1
      break
    }
    // It is not closed, and takes nothing more; everything comes to the other.
    while taken < 80 { taken += try await second.take(1).count }
    #expect(try await second.assignment == Set(all))
    #expect(taken == 80)
    #expect(Clock.monotonicMilliseconds() - began < 20_000)
    await second.close()
    await first.close()
    try await broker.node.shutdown()
  }

  @Test("what only a member can do is refused until the consumer is asked for more, and then done")
  func betweenLoops() async throws {
    try await broker.produce(0..<10)
    let consumer = try broker.consumer {
      Way.range.apply(&$0)
      $0.enableAutoCommit = false
    }
    try await consumer.subscribe(to: ["t"])
    var last: ConsumerRecord<String, String>?
    for try await record in consumer.records {
      last = record
      break
    }
    let record = try #require(last)
    let place = TopicPartition(record.topic, record.partition)
    let calls: [(String, () async throws -> Void)] = [
      ("progress", { _ = try await consumer.progress() }),
      ("seek", { try await consumer.seek(place, to: 0) }),
      ("seekToEnd", { try await consumer.seekToEnd([place]) }),
      ("pause", { try await consumer.pause([place]) }),
    ]
    for (name, call) in calls {
      let error = await #expect(throws: KafkaError.self, "\(name)") { try await call() }
      #expect(error?.description.contains("with the loop") == true, "\(name)")
      #expect(error?.isFatal == false)
    }
    await #expect(throws: KafkaError.self) { try await consumer.assign(all) }
    // Nothing was committed: all of it again.
    #expect(try await consumer.take(10).count == 10)
    try await consumer.commit()
    #expect(try await committed() == 10)
    await consumer.close()
    try await broker.node.shutdown()
  }

  @Test(
    "what the loop was given can be committed behind it, by a member with a name of its own too",
    arguments: [
      (Way.range, nil), (.cooperative, nil), (.consumer, nil), (.range, "one"),
      (.cooperative, "one"),
    ] as [(Way, String?)])
  func committing(_ way: Way, _ instance: String?) async throws {
    try await broker.produce(0..<10)
    let consumer = try broker.consumer {
      way.apply(&$0)
      $0.enableAutoCommit = false
      $0.groupInstanceID = instance
    }
    try await consumer.subscribe(to: ["t"])
    var count = 0
    var last: ConsumerRecord<String, String>?
    for try await record in consumer.records {
      (count, last) = (count + 1, record)
      if count == 4 { break }
    }
    try await consumer.commit()
    #expect(try await committed() == 4)
    // It is what it was until there is another loop.
    let record = try #require(last)
    #expect(
      consumer.position(of: TopicPartition(record.topic, record.partition)) == record.offset + 1)
    try await consumer.commit(record)
    #expect(try await committed() == 4)
    for try await _ in consumer.records {
      count += 1
      if count == 7 { break }
    }
    let later: Void = try await withCheckedThrowingContinuation { done in
      do { try consumer.commitLater { done.resume(with: $0) } } catch {
        done.resume(throwing: error)
      }
    }
    _ = later
    #expect(try await committed() == 7)
    #expect(try await consumer.take(3).count == 3)
    await consumer.close()
    try await broker.node.shutdown()
  }

  @Test(
    "behind a loop whose partitions others have by now, commits are theirs", arguments: Way.allCases
  )
  func committingBesideOthers(_ way: Way) async throws {
    try await broker.produce(0..<40)
    let members = try [false, true].map { isAutomatic in
      try broker.consumer {
        way.apply(&$0)
        $0.enableAutoCommit = isAutomatic
      }
    }
    for member in members { try await member.subscribe(to: ["t"]) }
    var taken = 0
    try await until {
      for member in members { taken += try await member.poll(withinMilliseconds: 5).count }
      var counts: [Int] = []
      for member in members { counts.append(try await member.assignment.count) }
      return counts == [1, 1] && taken >= 40
    }
    try await broker.produce(40..<80)
    for try await _ in members[0].records { break }
    let error = await #expect(throws: KafkaError.self) { try await members[0].commit() }
    #expect(error?.description.contains("commit in the loop") == true)
    for try await _ in members[1].records { break }
    // With the farewell all was committed that this would.
    try await members[1].commit()
    for member in members { await member.close() }
    try await broker.node.shutdown()
  }

  @Test("the loop of a consumer that was told its partitions keeps them, and its place")
  func assigned() async throws {
    try await broker.produce(0..<10)
    let consumer = try broker.consumer { $0.groupID = "billing" }
    try await consumer.assign(all)
    for try await _ in consumer.records { break }
    #expect(try await consumer.assignment == Set(all))
    try await consumer.commit()
    #expect(try await consumer.take(9).count == 9)
    await consumer.close()
    try await broker.node.shutdown()
  }

  /// Takes no value that says "bad".
  private struct Picky: Deserializer {
    func deserialize(_ bytes: RawSpan, topic: String, headers: [Header]) throws -> String {
      let text = StringDeserializer().deserialize(bytes, topic: topic, headers: headers)
      if text == "bad" { throw DeserializationError("bad") }
      return text
    }
  }

  @Test("a loop that ends because of a record leaves the consumer before it: seek passes it over")
  func unreadable() async throws {
    let producer = try broker.producer()
    for value in ["a", "bad", "b"] {
      try await producer.enqueue(
        ProducerRecord(topic: "t", partition: 0, key: nil, value: value))
    }
    await producer.close()
    var configuration = ConsumerConfiguration(
      bootstrapServers: [broker.address], groupID: "billing")
    configuration.autoOffsetReset = .earliest
    let consumer = try Consumer(configuration, key: StringDeserializer(), value: Picky())
    try consumer.start()
    try await consumer.subscribe(to: ["t"])
    var values: [String?] = []
    await #expect(throws: DeserializationError.self) {
      for try await record in consumer.records { values.append(record.value) }
    }
    #expect(try await broker.members() == 1)
    #expect(consumer.position(of: all[0]) == 1)
    try await consumer.seek(all[0], to: 2)
    for try await record in consumer.records {
      values.append(record.value)
      break
    }
    #expect(values == ["a", "b"])
    await consumer.close()
    try await broker.node.shutdown()
  }

  /// Commits what is taken from it, when it is let go on.
  private final class Committer: RebalanceListener {
    let consumer = Mutex<Consumer<String, String>?>(nil)
    let isHeld = Atomic(true)
    let refusals = Mutex<[String]>([])
    let revocations = Atomic(0)

    func partitionsRevoked(_ partitions: [TopicPartition]) async {
      revocations.add(1, ordering: .relaxed)
      while isHeld.load(ordering: .relaxed) { try? await Task.sleep(for: .milliseconds(2)) }
      let consumer = consumer.withLock { $0 }
      do {
        // What would wait for the end of this is refused, and does not wait for ever.
        await #expect(throws: KafkaError.self) {
          try await consumer?.poll(withinMilliseconds: 60_000)
        }
        await #expect(throws: KafkaError.self) { try await consumer?.unsubscribe() }
        try await consumer?.commit()
      } catch {
        refusals.withLock { $0.append("\(error)") }
      }
    }
  }

  @Test("who comes for more while the group is being left waits for that, as long as it wants to")
  func comingBack() async throws {
    try await broker.produce(0..<10)
    let listener = Committer()
    let consumer = try broker.consumer {
      Way.cooperative.apply(&$0)
      $0.enableAutoCommit = false
    }
    listener.consumer.withLock { $0 = consumer }
    try await consumer.subscribe(to: ["t"], listener: listener)
    var count = 0
    for try await _ in consumer.records {
      count += 1
      if count == 4 { break }
    }
    try await until { listener.revocations.load(ordering: .relaxed) == 1 }
    #expect(try await consumer.poll(withinMilliseconds: 20).isEmpty)
    let cancelled = Task { try await consumer.poll(withinMilliseconds: 60_000) }
    cancelled.cancel()
    #expect(try await cancelled.value.isEmpty)
    let waiting = Task { try await consumer.take(6).count }
    listener.isHeld.store(false, ordering: .relaxed)
    #expect(try await waiting.value == 6)
    #expect(listener.refusals.withLock { $0 } == [])
    #expect(try await committed() == 4)
    await consumer.close()
    #expect(try await committed() == 10)
    listener.consumer.withLock { $0 = nil }
    try await broker.node.shutdown()
  }

  @Test("closing behind the loop closes once, and tells the listener once", arguments: Way.allCases)
  func closing(_ way: Way) async throws {
    try await broker.produce(0..<10)
    let notes = Notes()
    let consumer = try broker.consumer { way.apply(&$0) }
    try await consumer.subscribe(to: ["t"], listener: notes)
    for try await _ in consumer.records { break }
    await consumer.close()
    #expect(notes.all == ["assigned \(all)", "revoked \(all)"])
    #expect(try await broker.members() == 0)
    #expect(try await committed() == 1)
    try await broker.node.shutdown()
  }

  @Test(
    "with another subscription behind the loop the consumer is a member again",
    arguments: Way.allCases)
  func subscribingAnew(_ way: Way) async throws {
    try await broker.produce(0..<4)
    let producer = try broker.producer()
    _ = try await producer.send(ProducerRecord(topic: "u", key: nil, value: "other"))
    await producer.close()
    let consumer = try broker.consumer { way.apply(&$0) }
    try await consumer.subscribe(to: ["t"])
    for try await _ in consumer.records { break }
    try await consumer.subscribe(to: ["u"])
    #expect(try await consumer.take(1).map(\.value) == ["other"])
    await consumer.close()
    try await broker.node.shutdown()
  }

  @Test("one loop in another: the group is left with the last")
  func nested() async throws {
    try await broker.produce(0..<10)
    let consumer = try broker.consumer { Way.range.apply(&$0) }
    try await consumer.subscribe(to: ["t"])
    var (outer, inner) = (0, 0)
    for try await _ in consumer.records {
      outer += 1
      for try await _ in consumer.records {
        inner += 1
        break
      }
      #expect(try await broker.members() == 1)
      if outer == 1 { break }
    }
    try await until { try await broker.members() == 0 }
    #expect((outer, inner) == (1, 1))
    await consumer.close()
    try await broker.node.shutdown()
  }
}
