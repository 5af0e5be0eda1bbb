import ActaModel
import KafkaWire
import LogStorage
import Testing

@testable import Broker

@Suite("Retention of committed offsets") struct OffsetRetentionTests {
  private let fixture: BrokerFixture
  /// An interval between two looks.
  private static let interval: Int64 = 600_000
  private static let minute: Int64 = 60_000

  init() throws { fixture = try .withoutDelay(["offsets.retention.minutes": "60"]) }

  /// Lets both clocks go on, as they do when nobody sets one.
  private func pass(minutes: Int64, of fixture: BrokerFixture? = nil) async throws {
    let fixture = fixture ?? self.fixture
    for _ in 0..<(minutes / 10) {
      fixture.wallClock.advance(milliseconds: Self.interval)
      try await fixture.pass(milliseconds: Self.interval)
    }
  }

  private func groups() async throws -> [String] {
    try await fixture.send(ListGroupsRequest()).groups.map(\.groupID)
  }

  @Test("a simple consumer's position goes its retention after its commit, and the group with it")
  func simple() async throws {
    let topic = try await fixture.createTopic("orders", partitions: 2)
    _ = try await fixture.commit([(0, 5)], of: topic)
    try await pass(minutes: 30)
    _ = try await fixture.commit([(1, 6)], of: topic)
    try await pass(minutes: 20)
    #expect(try await fixture.committed([0, 1], of: topic) == [5, 6])
    try await pass(minutes: 20)
    #expect(try await fixture.committed([0, 1], of: topic) == [-1, 6])
    #expect(try await groups() == ["g"])
    try await pass(minutes: 40)
    #expect(try await fixture.committed([0, 1], of: topic) == [-1, -1])
    #expect(try await groups() == [])
  }

  @Test("a group's positions go its retention after its last member left, however old they are")
  func sinceEmpty() async throws {
    let topic = try await fixture.createTopic("orders")
    let member = try await fixture.join(TestMember(), version: 3) {
      $0.sessionTimeoutMilliseconds = 1_800_000
      $0.protocolType = "connect"
    }
    let committer = TestMember(id: member.memberID, generation: 1)
    _ = try await fixture.beginSync(committer, version: 4).response()
    #expect(try await fixture.commit([(0, 5)], of: topic, as: committer) == [.none])
    for _ in 0..<9 {
      try await pass(minutes: 10)
      #expect(try await fixture.heartbeat(committer) == .none)
    }
    _ = try await fixture.leave([committer])
    try await pass(minutes: 50)
    #expect(try await fixture.committed(of: topic) == [5])
    try await pass(minutes: 20)
    #expect(try await fixture.committed(of: topic) == [-1])
    #expect(try await groups() == [])
  }

  @Test(
    "a commit's own retention time, in the versions that have one", arguments: [2, 3, 4] as [Int16])
  func ownTime(version: Int16) async throws {
    let topic = try await fixture.createTopic("orders", partitions: 2)
    _ = try await fixture.commit([(0, 5)], of: topic, version: version) {
      $0.retentionTimeMilliseconds = 15 * Self.minute
    }
    _ = try await fixture.commit([(1, 6)], of: topic, version: version) {
      $0.retentionTimeMilliseconds = -1
    }
    try await pass(minutes: 10)
    #expect(try await fixture.committed([0, 1], of: topic) == [5, 6])
    try await pass(minutes: 10)
    #expect(try await fixture.committed([0, 1], of: topic) == [-1, 6])
  }

  @Test("a retention time past the end of time is for ever")
  func foreverTime() async throws {
    let topic = try await fixture.createTopic("orders")
    _ = try await fixture.commit([(0, 5)], of: topic, version: 4) {
      $0.retentionTimeMilliseconds = .max
    }
    try await pass(minutes: 120)
    #expect(try await fixture.committed(of: topic) == [5])
  }

  @Test("members keep the positions of what they read; those of other topics age")
  func subscribed() async throws {
    let orders = try await fixture.createTopic("orders")
    let bills = try await fixture.createTopic("bills")
    let joined = try await fixture.consumerJoin("m", topics: ["orders"])
    let member = TestMember(id: "m", generation: joined.memberEpoch)
    for topic in [orders, bills] {
      #expect(try await fixture.commit([(0, 5)], of: topic, as: member) == [.none])
    }
    for _ in 0..<200 {
      fixture.wallClock.advance(milliseconds: 40_000)
      try await fixture.pass(milliseconds: 40_000)
      _ = try await fixture.consumerHeartbeat("m", joined.memberEpoch)
    }
    #expect(try await fixture.committed(of: orders) == [5])
    #expect(try await fixture.committed(of: bills) == [-1])
  }

  @Test("a wall clock that jumped deletes nothing, and is believed the next time")
  func jump() async throws {
    let topic = try await fixture.createTopic("orders")
    _ = try await fixture.commit([(0, 5)], of: topic)
    fixture.wallClock.advance(milliseconds: 365 * 24 * 60 * Self.minute)
    try await fixture.pass(milliseconds: Self.interval)
    #expect(try await fixture.committed(of: topic) == [5])
    try await pass(minutes: 10)
    #expect(try await fixture.committed(of: topic) == [-1])
  }

  @Test("more groups than a slice has are all come to")
  func manyGroups() async throws {
    let topic = try await fixture.createTopic("orders")
    for index in 0..<250 {
      _ = try await fixture.commit([(0, 5)], of: topic, as: TestMember(group: "g\(index)"))
    }
    try await pass(minutes: 50)
    #expect(try await groups().count == 250)
    try await pass(minutes: 20)
    #expect(try await groups() == [])
  }

  @Test("after the broker has stopped nothing is looked for any more")
  func stop() async throws {
    #expect(fixture.timers.timerCount == 1)
    fixture.broker.stopWaiting()
    #expect(fixture.timers.timerCount == 0)
  }
}
