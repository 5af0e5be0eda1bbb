import ActaClient
import Testing
import Threads

/// The calls that `CancelledCallsTests` lists, of clients that do not work.
@Suite("Clients that do not work", .timeLimit(.minutes(1))) struct UnstartedTests {
  private static let others: Set<String> = ["run", "close"]

  /// Expects a sentence, at once.
  private static func expectRefusal<Client: Sendable>(
    _ call: CancelledCall<Client>, of client: Client, _ word: String
  ) async {
    let began = Clock.monotonicMilliseconds()
    let error = await #expect(throws: KafkaError.self, "\(call.testDescription)") {
      try await call.body(client)
    }
    #expect(
      error?.description.contains(word) == true,
      "\(call.testDescription): \(error?.description ?? "")")
    #expect(error?.isRetriable == false)
    #expect(Clock.monotonicMilliseconds() - began < 1_000)
  }

  private static func calls<Client>(
    _ all: [CancelledCall<Client>]
  ) -> [CancelledCall<Client>] { all.filter { !others.contains($0.testDescription) } }

  @Test("a consumer that was not started, or is closed, says so at once, and never waits")
  func consumers() async throws {
    let consumer = try Consumer(
      ConsumerConfiguration(bootstrapServers: ["127.0.0.1:1"], groupID: "g"),
      key: StringDeserializer(), value: StringDeserializer())
    let calls = Self.calls(CancelledCallsTests.consumerCalls)
    for call in calls { await Self.expectRefusal(call, of: consumer, "call start() first") }
    await consumer.close()
    for call in calls { await Self.expectRefusal(call, of: consumer, "The consumer is closed.") }
    let started = #expect(throws: KafkaError.self) { try consumer.start() }
    #expect(started?.isFatal == true)
  }

  @Test("a producer that was not started, or is closed, says so at once, and never waits")
  func producers() async throws {
    let producer = try Producer(
      ProducerConfiguration(bootstrapServers: ["127.0.0.1:1"]), key: StringSerializer(),
      value: StringSerializer())
    let calls = Self.calls(CancelledCallsTests.producerCalls)
    for call in calls { await Self.expectRefusal(call, of: producer, "call start() first") }
    await producer.close()
    for call in calls { await Self.expectRefusal(call, of: producer, "The producer is closed.") }
  }

  @Test("an administrator that was not started, or is closed, says so at once, and never waits")
  func administrators() async throws {
    let admin = try Admin(AdminConfiguration(bootstrapServers: ["127.0.0.1:1"]))
    let calls = Self.calls(CancelledAdminCallsTests.calls)
    for call in calls { await Self.expectRefusal(call, of: admin, "call start() first") }
    await admin.close()
    for call in calls { await Self.expectRefusal(call, of: admin, "The admin is closed.") }
  }
}
