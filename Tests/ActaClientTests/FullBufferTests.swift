import ActaClient
import KafkaWire
import Synchronization
import Testing
import Threads

/// `buffer.memory` has room for one record, and the broker does not answer until it is let.
@Suite("A producer whose buffer is full", .timeLimit(.minutes(1))) struct FullBufferTests {
  private static let large = ProducerRecord<String, String>(
    topic: "t", key: nil, value: String(repeating: "x", count: 800))

  private final class Gate: Sendable {
    let isOpen = Atomic(false)

    func answer(_ request: ScriptedRequest) -> ScriptedBroker.Reply {
      let isHeld = request.api == .produce && !isOpen.load(ordering: .relaxed)
      return isHeld ? .silence : request.properly()
    }
  }

  private static func producer(
    at broker: ScriptedBroker, _ change: (inout ProducerConfiguration) -> Void
  ) throws -> Producer<String, String> {
    var configuration = ProducerConfiguration(bootstrapServers: [broker.address])
    configuration.bufferMemory = 1_000
    configuration.batchSize = 900
    configuration.lingerMilliseconds = 0
    configuration.requestTimeoutMilliseconds = 100
    configuration.maxBlockMilliseconds = 150
    configuration.retryBackoffMilliseconds = 5
    configuration.retryBackoffMaxMilliseconds = 20
    change(&configuration)
    let producer = try Producer(configuration, key: StringSerializer(), value: StringSerializer())
    try producer.start()
    return producer
  }

  /// What was told of each record, by its number.
  private final class Told: Sendable {
    private let results = Mutex<[Int: [Bool]]>([:])

    var all: [Int: [Bool]] { results.withLock { $0 } }

    func note(_ number: Int) -> @Sendable (Result<RecordMetadata, KafkaError>) -> Void {
      { result in
        let isGood = (try? result.get()) != nil
        self.results.withLock { $0[number, default: []].append(isGood) }
      }
    }
  }

  private static func expectFull(
    _ producer: Producer<String, String>, _ told: Told, _ number: Int
  ) async throws {
    let began = Clock.monotonicMilliseconds()
    let error = await #expect(throws: KafkaError.self) {
      try await producer.enqueue(large, completion: told.note(number))
    }
    let took = Clock.monotonicMilliseconds() - began
    #expect((150..<2_000).contains(took), "\(took) ms")
    #expect(
      error?.description
        == "No room in 1000 bytes (buffer.memory): waited for 150 ms (max.block.ms).")
    #expect(error?.exception == "org.apache.kafka.clients.producer.BufferExhaustedException")
    #expect(error?.isRetriable == true)
    #expect(error?.isFatal == false)
    #expect(error?.code == nil)
    #expect(error?.topic == "t")
  }

  @Test(
    "who waits is refused after max.block.ms, is told nothing more, and takes no room from others")
  func refused() async throws {
    let gate = Gate()
    let broker = try ScriptedBroker(gate.answer)
    let producer = try Self.producer(at: broker) { $0.deliveryTimeoutMilliseconds = 30_000 }
    let told = Told()
    try await producer.enqueue(Self.large, completion: told.note(0))
    for number in 1...3 { try await Self.expectFull(producer, told, number) }
    let error = await #expect(throws: KafkaError.self) { try await producer.send(Self.large) }
    #expect(error?.isRetriable == true)
    gate.isOpen.store(true, ordering: .relaxed)
    // There is room again, for as much as before.
    for number in 4...6 { try await producer.enqueue(Self.large, completion: told.note(number)) }
    try await producer.flush()
    #expect(told.all == [0: [true], 4: [true], 5: [true], 6: [true]])
    await producer.close()
    broker.stop()
  }

  @Test("a record that is given up makes room once, for one that waits")
  func givenUp() async throws {
    let broker = try ScriptedBroker(Gate().answer)
    let producer = try Self.producer(at: broker) { $0.deliveryTimeoutMilliseconds = 300 }
    let told = Told()
    try await producer.enqueue(Self.large, completion: told.note(0))
    for number in 1...3 {
      try await Self.expectFull(producer, told, -number)
      try await producer.flush()
      #expect(told.all[number - 1] == [false])
      // The one before is settled, and its room free: for one, not for two.
      try await producer.enqueue(Self.large, completion: told.note(number))
    }
    try await Self.expectFull(producer, told, -4)
    await producer.close()
    #expect(told.all == [0: [false], 1: [false], 2: [false], 3: [false]])
    broker.stop()
  }

  @Test("of several that wait one gets the room, the others are refused in their time")
  func several() async throws {
    let gate = Gate()
    let broker = try ScriptedBroker(gate.answer)
    let producer = try Self.producer(at: broker) {
      $0.deliveryTimeoutMilliseconds = 300
      $0.maxBlockMilliseconds = 450
    }
    try await producer.enqueue(Self.large)
    // The first record is given up after 300 ms, which makes room for one of them until theirs is up.
    let outcomes = await withTaskGroup(of: Bool.self) { group in
      for _ in 0..<4 {
        group.addTask {
          do {
            try await producer.enqueue(Self.large)
            return true
          } catch {
            return false
          }
        }
      }
      return await group.reduce(into: []) { $0.append($1) }
    }
    #expect(outcomes.filter { $0 }.count == 1)
    gate.isOpen.store(true, ordering: .relaxed)
    #expect(try await producer.send(Self.large).offset == 5)
    await producer.close()
    broker.stop()
  }

  @Test("who waits is told when the producer is closed")
  func closing() async throws {
    let broker = try ScriptedBroker(Gate().answer)
    let producer = try Self.producer(at: broker) {
      $0.deliveryTimeoutMilliseconds = 30_000
      $0.maxBlockMilliseconds = 60_000
    }
    try await producer.enqueue(Self.large)
    let waiting = Task { try await producer.enqueue(Self.large) }
    while !broker.requests.contains(where: { $0.api == .produce }) {
      try await Task.sleep(for: .milliseconds(2))
    }
    let began = Clock.monotonicMilliseconds()
    await producer.close(withinMilliseconds: 50)
    let error = await #expect(throws: KafkaError.self) { try await waiting.value }
    #expect(Clock.monotonicMilliseconds() - began < 2_000)
    #expect(error?.description == "The producer is closed.")
    broker.stop()
  }
}
