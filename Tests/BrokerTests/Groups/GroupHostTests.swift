import ActaModel
import Coordination
import LogStorage
import Synchronization
import Testing

@testable import Broker

/// What the host does around the coordinator, step by step: when answers leave, and to whom.
@Suite("GroupHost") struct GroupHostTests {
  private let storage = ScriptedStorage()
  private let timers = ManualExecutor()
  private let host: GroupHost
  private let answers = Answers()

  init() throws {
    var settings = GroupSettings()
    settings.initialRebalanceDelay = 3_000
    host = try GroupHost(storage: storage, settings: { [settings] in settings }, timers: timers)
  }

  private final class Answers: Sendable {
    private let answers = Mutex<[String: ErrorCode]>([:])
    subscript(_ name: String) -> ErrorCode? { answers.withLock { $0[name] } }
    func take(_ code: ErrorCode, for name: String) {
      let earlier = answers.withLock { $0.updateValue(code, forKey: name) }
      precondition(earlier == nil, "\(name) was answered twice")
    }
  }

  /// A join that is let in at once, as before v4.
  private func join(_ name: String) {
    let request = JoinRequest(
      groupID: "g", client: ClientIdentity(clientID: name, clientHost: "/127.0.0.1"),
      sessionTimeoutMilliseconds: 10_000, rebalanceTimeoutMilliseconds: 60_000,
      protocols: [GroupProtocol(name: "range", metadata: [])], isMemberIDRequired: false,
      freshID: "id")
    host.join(request) { [answers] in answers.take($0.error, for: name) }
  }

  private func members() throws -> Int? {
    let count = Mutex<Int?>(nil)
    host.perform { coordinator, _, _ in
      coordinator.describeClassic("g")?.members.count
    } completion: { result in
      count.withLock { $0 = try? result.get() }
    }
    try storage.commit()
    return count.withLock { $0 }
  }

  @Test("an answer leaves when its transaction is synced, not before")
  func synced() throws {
    join("a")
    try storage.commit()
    timers.advance(milliseconds: 3_000)
    try storage.commitWithoutSync()
    #expect(answers["a"] == nil)
    storage.sync()
    #expect(answers["a"] == ErrorCode.none)
    #expect(host.waitingCount == 0)
  }

  @Test("the alarm rings for what is due, and the tick is given a turn")
  func alarm() throws {
    join("a")
    try storage.commit()
    timers.advance(milliseconds: 2_999)
    #expect(storage.queuedCount == 0)
    timers.advance(milliseconds: 1)
    #expect(storage.queuedCount == 1)
  }

  @Test("a tick that was refused is tried again a second later")
  func refusedTick() throws {
    join("a")
    try storage.commit()
    timers.advance(milliseconds: 3_000)
    try storage.fail(leaving: [], refusing: { _ in true })
    // Told so when the group that it waited in was gone.
    try storage.commit()
    #expect(answers["a"] == .coordinatorNotAvailable)
    join("b")
    #expect(storage.queuedCount == 1)
    timers.advance(milliseconds: 1_000)
    #expect(storage.queuedCount == 2)
  }

  @Test("a request whose transaction is repeated is not told that it failed")
  func repeated() throws {
    join("a")
    try storage.fail()
    try storage.commit()
    #expect(answers["a"] == nil)
    #expect(host.waitingCount == 1)
    #expect(try members() == 1)
    timers.advance(milliseconds: 3_000)
    try storage.commit()
    #expect(answers["a"] == ErrorCode.none)
  }

  @Test("a request whose own transaction fails is refused, once")
  func refused() throws {
    join("a")
    try storage.fail(refusing: { _ in true })
    #expect(answers["a"] == .notCoordinator)
    try storage.commit()
    #expect(host.waitingCount == 0)
    #expect(try members() == nil)
  }

  @Test("those that waited from before are told when the transaction of another fails")
  func bystander() throws {
    join("a")
    try storage.commit()
    join("b")
    try storage.fail(refusing: { _ in true })
    #expect(answers["a"] == nil)
    #expect(answers["b"] == .notCoordinator)
    try storage.commit()
    #expect(answers["a"] == .coordinatorNotAvailable)
    #expect(host.waitingCount == 0)
  }

  @Test("an answer that is on its way to a request comes before the word that its group is gone")
  func onItsWay() throws {
    join("a")
    try storage.commit()
    timers.advance(milliseconds: 3_000)
    try storage.commitWithoutSync()
    join("b")
    try storage.fail(refusing: { _ in true })
    #expect(answers["a"] == ErrorCode.none)
    try storage.commit()
    #expect(host.waitingCount == 0)
  }

  @Test("what comes after the stop is refused without a turn")
  func stopped() throws {
    join("a")
    try storage.commit()
    host.stop()
    #expect(answers["a"] == .notCoordinator)
    join("b")
    #expect(answers["b"] == .notCoordinator)
    #expect(storage.queuedCount == 0)
    #expect(timers.timerCount == 0)
  }
}
