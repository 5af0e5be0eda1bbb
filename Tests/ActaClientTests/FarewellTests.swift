import ActaClient
import ActaModel
import KafkaWire
import Synchronization
import Testing
import Threads

/// A member that leaves a coordinator which does not do all that it is asked for.
@Suite("Farewells", .timeLimit(.minutes(1))) struct FarewellTests {
  private static let partition = TopicPartition("t", 0)

  private static func farewells(_ broker: ScriptedBroker) -> Int {
    broker.requests.filter {
      $0.api == .consumerGroupHeartbeat && ScriptedCoordinator.epoch($0) < 0
    }.count
  }

  /// A commit goes over another connection than the farewell: it must have been answered before.
  @Test(
    "what is still being committed is waited for before the group is left",
    arguments: [true, false])
  func commitsFirst(_ isClosed: Bool) async throws {
    let coordinator = ScriptedCoordinator(ignoredCommits: 1)
    let broker = try ScriptedBroker(coordinator.answer)
    let consumer = try await ScriptedCoordinator.member(at: broker)
    let told = Mutex<[Bool]>([])
    for try await record in consumer.records {
      let position = [Self.partition: OffsetAndMetadata(record.offset + 1)]
      try consumer.commitLater(position) { result in
        told.withLock { $0.append((try? result.get()) != nil) }
      }
      if isClosed { await consumer.close() }
      break
    }
    while Self.farewells(broker) == 0 { try await Task.sleep(for: .milliseconds(2)) }
    #expect(told.withLock { $0 } == [true])
    let order = broker.requests.compactMap { request -> String? in
      switch request.api {
      case .offsetCommit: "commit"
      case .consumerGroupHeartbeat: ScriptedCoordinator.epoch(request) < 0 ? "farewell" : nil
      default: nil
      }
    }
    #expect(order == ["commit", "commit", "farewell"])
    await consumer.close()
    broker.stop()
  }

  @Test("a farewell that is not answered holds nobody up for long, and is said once for each loop")
  func unanswered() async throws {
    let broker = try ScriptedBroker(ScriptedCoordinator(answersFarewells: false).answer)
    let consumer = try await ScriptedCoordinator.member(at: broker)
    for number in 1...2 {
      for try await record in consumer.records {
        #expect(record.value == "a")
        break
      }
      let began = Clock.monotonicMilliseconds()
      #expect(try await consumer.poll(withinMilliseconds: 10).isEmpty)
      #expect(Clock.monotonicMilliseconds() - began < 2_000)
      while Self.farewells(broker) < number { try await Task.sleep(for: .milliseconds(2)) }
      #expect(Self.farewells(broker) == number)
    }
    let began = Clock.monotonicMilliseconds()
    await consumer.close()
    #expect(Clock.monotonicMilliseconds() - began < 2_000)
    broker.stop()
  }
}
