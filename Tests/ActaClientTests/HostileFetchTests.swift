import ActaClient
import ActaModel
import KafkaWire
import Synchronization
import Testing
import Threads

@Suite("Consumer at a broker that misbehaves", .timeLimit(.minutes(1))) struct HostileFetchTests {
  private static let partition = TopicPartition("t", 0)
  private static let values = ["a", "b", "c"]

  /// A broker whose first answers to Fetch are something else.
  private static func broker(
    bad: Int, _ reply: @escaping ScriptedBroker.Script
  ) throws -> ScriptedBroker {
    let fetches = Mutex(0)
    return try ScriptedBroker { request in
      switch request.api {
      case .listOffsets: return request.answer(ScriptedRequest.beginning())
      case .fetch:
        let number = fetches.withLock { count in
          count += 1
          return count
        }
        if number <= bad { return reply(request) }
        let offset = request.fetchedPart?.fetchOffset ?? 0
        // Once all is read nothing is said until something comes.
        guard offset < Int64(values.count) else { return .silence }
        return request.answer(
          ScriptedRequest.fetched(
            ScriptedRequest.batch(of: Array(values[Int(offset)...]), from: offset)))
      default: return request.properly()
      }
    }
  }

  private static func consumer(
    at broker: ScriptedBroker
  ) async throws -> Consumer<String, String> {
    var configuration = ConsumerConfiguration(bootstrapServers: [broker.address])
    configuration.requestTimeoutMilliseconds = 100
    configuration.fetchMaxWaitMilliseconds = 20
    configuration.retryBackoffMilliseconds = 5
    configuration.retryBackoffMaxMilliseconds = 20
    configuration.reconnectBackoffMilliseconds = 5
    configuration.reconnectBackoffMaxMilliseconds = 20
    configuration.autoOffsetReset = .earliest
    let consumer = try Consumer(
      configuration, key: StringDeserializer(), value: StringDeserializer())
    try consumer.start()
    try await consumer.assign([partition])
    return consumer
  }

  private static var good: FetchResponse {
    ScriptedRequest.fetched(ScriptedRequest.batch(of: values, from: 0))
  }

  /// What a broker does that is asked for records.
  static let answers: [(name: String, reply: ScriptedBroker.Script)] = [
    ("says nothing", { _ in .silence }),
    ("closes", { _ in .close }),
    ("closes in the middle of the answer", { .last(Array($0.frame(good).dropLast(1))) }),
    ("closes in the middle of the size", { .last(Array($0.frame(good).prefix(3))) }),
    ("announces 2 GB", { _ in .bytes([0x7f, 0xff, 0xff, 0xff, 1, 2, 3]) }),
    ("announces less than nothing", { _ in .bytes([0xff, 0xff, 0xff, 0xff]) }),
    (
      "answers another request",
      { request in
        var frame = request.frame(good)
        frame[7] ^= 0xff
        return .bytes(frame)
      }
    ),
    ("speaks of nothing", { $0.answer(FetchResponse()) }),
    (
      "speaks of another topic",
      { request in
        var response = good
        response.responses[0].topicID = TopicID(high: 9, low: 9)
        response.responses[0].topic = "other"
        return request.answer(response)
      }
    ),
    ("leads no more", { $0.answer(ScriptedRequest.fetched([], .notLeaderOrFollower)) }),
    ("has its disk taken away", { $0.answer(ScriptedRequest.fetched([], .kafkaStorageError)) }),
  ]

  @Test("the consumer goes on where it was, and gets each record once", arguments: answers.indices)
  func goesOn(_ index: Int) async throws {
    let broker = try Self.broker(bad: 2, Self.answers[index].reply)
    let consumer = try await Self.consumer(at: broker)
    let began = Clock.monotonicMilliseconds()
    let records = try await consumer.take(3)
    #expect(Clock.monotonicMilliseconds() - began < 5_000)
    #expect(records.map(\.value) == Self.values)
    #expect(records.map(\.offset) == [0, 1, 2])
    await consumer.close()
    broker.stop()
  }

  @Test(
    "where it never ends a poll ends in its time, and the consumer closes",
    arguments: answers.indices)
  func neverEnds(_ index: Int) async throws {
    let broker = try Self.broker(bad: .max, Self.answers[index].reply)
    let consumer = try await Self.consumer(at: broker)
    let began = Clock.monotonicMilliseconds()
    #expect(try await consumer.poll(withinMilliseconds: 150).isEmpty)
    await consumer.close()
    #expect(Clock.monotonicMilliseconds() - began < 3_000)
    // It does not ask without end either: nobody is asked more often than pauses allow.
    #expect(broker.requests.filter { $0.api == .fetch }.count < 200)
    broker.stop()
  }

  @Test("an answer that is nonsense is told, with the broker, and the next one is gone on with")
  func nonsense() async throws {
    let broker = try Self.broker(bad: 1) { request in
      var frame = Array(request.frame(Self.good).prefix(8))
      frame.replaceSubrange(0..<4, with: [0, 0, 0, 12])
      return .bytes(frame + [UInt8](repeating: 0xff, count: 8))
    }
    let consumer = try await Self.consumer(at: broker)
    let error = await #expect(throws: KafkaError.self) { try await consumer.take(1) }
    #expect(
      error?.description.hasPrefix("\(broker.address) answered Fetch with nonsense") == true,
      "\(error?.description ?? "")")
    #expect(try await consumer.take(3).map(\.value) == Self.values)
    await consumer.close()
    broker.stop()
  }

  /// Records that are none, and what is said of them.
  static let damages: [(name: String, change: @Sendable (inout [UInt8]) -> Void, said: String)] = [
    ("a flipped bit", { $0[$0.count - 2] ^= 1 }, "CRC is wrong"),
    ("another format", { $0[16] = 1 }, "format 1"),
    (
      "a size that cannot be", { $0.replaceSubrange(8..<12, with: [0xff, 0xff, 0xff, 0xff]) },
      "no batch"
    ),
  ]

  @Test(
    "records that are damaged are told with their place, and can be passed over",
    arguments: damages.indices)
  func damaged(_ index: Int) async throws {
    let (_, change, said) = Self.damages[index]
    var bytes = ScriptedRequest.batch(of: ["x"], from: 0)
    change(&bytes)
    let answer = ScriptedRequest.fetched(bytes)
    let broker = try ScriptedBroker { request in
      switch request.api {
      case .listOffsets: return request.answer(ScriptedRequest.beginning())
      case .fetch:
        guard let offset = request.fetchedPart?.fetchOffset, offset > 0 else {
          return request.answer(answer)
        }
        if offset > 1 { return .silence }
        return request.answer(
          ScriptedRequest.fetched(ScriptedRequest.batch(of: ["b"], from: 1)))
      default: return request.properly()
      }
    }
    let consumer = try await Self.consumer(at: broker)
    for _ in 0..<2 {
      let error = await #expect(throws: KafkaError.self) {
        try await consumer.poll(withinMilliseconds: 5_000)
      }
      #expect(error?.description.contains(said) == true, "\(error?.description ?? "")")
      #expect(error?.topic == "t")
      #expect(error?.partition == 0)
      #expect(error?.isRetriable == false)
    }
    try await consumer.seek(Self.partition, to: 1)
    #expect(try await consumer.take(1).map(\.value) == ["b"])
    await consumer.close()
    broker.stop()
  }
}
