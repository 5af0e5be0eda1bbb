import ActaClient
import ActaModel
import KafkaWire
import Synchronization
import Testing
import Threads

@Suite("Members that their group refuses", .timeLimit(.minutes(1))) struct RefusedMemberTests {
  @Test("the program is told, and each poll behind that tries again")
  func again() async throws {
    let refusals = [ErrorCode](repeating: .groupAuthorizationFailed, count: 3)
    let broker = try ScriptedBroker(ScriptedCoordinator(refusals: refusals).answer)
    let consumer = try await ScriptedCoordinator.member(at: broker)
    var told = 0
    var values: [String?] = []
    while values.isEmpty {
      do {
        values = try await consumer.poll(withinMilliseconds: 10_000).map(\.value)
      } catch let error as KafkaError {
        #expect(error.code == ErrorCode.groupAuthorizationFailed.rawValue)
        #expect(!error.isFatal)
        told += 1
      }
    }
    #expect(told == 3)
    #expect(values == ["a", "b"])
    await consumer.close()
    broker.stop()
  }

  @Test("where another try is of no use every poll says so at once, and so does every loop")
  func forGood() async throws {
    let broker = try ScriptedBroker(
      ScriptedCoordinator(refusals: [.fencedInstanceID]).answer)
    let consumer = try await ScriptedCoordinator.member(at: broker) { $0.groupInstanceID = "one" }
    let began = Clock.monotonicMilliseconds()
    for _ in 0..<3 {
      let error = await #expect(throws: KafkaError.self) { for try await _ in consumer.records {} }
      #expect(error?.code == ErrorCode.fencedInstanceID.rawValue)
      #expect(error?.isFatal == true)
    }
    #expect(Clock.monotonicMilliseconds() - began < 5_000)
    await consumer.close()
    broker.stop()
  }

  @Test("a commit of an epoch that is over is made again in the one that the member is told of")
  func staleCommit() async throws {
    let coordinator = ScriptedCoordinator()
    let broker = try ScriptedBroker(coordinator.answer)
    let consumer = try await ScriptedCoordinator.member(at: broker)
    #expect(try await consumer.poll(withinMilliseconds: 10_000).count == 2)
    coordinator.epoch.withLock { $0 = 2 }
    try await consumer.commit()
    #expect(coordinator.commits.withLock { $0 } >= 2)
    await consumer.close()
    broker.stop()
  }
}
