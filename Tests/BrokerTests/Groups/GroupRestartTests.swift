import ActaModel
import KafkaWire
import LogEngine
import LogStorage
import SQLite
import SQLiteLog
import SQLiteStore
import Testing

@testable import Broker

@Suite("Groups over a restart and a failed transaction") struct GroupRestartTests {
  private let folder: TemporaryFolder

  init() throws { folder = try TemporaryFolder() }

  @Test("members of a classic group go on in their generation, and keep their assignments")
  func classicMembers() async throws {
    var fixture = try BrokerFixture.withoutDelay(at: folder.database)
    let topic = try await fixture.createTopic("orders")
    let members = try await fixture.round(
      [try await fixture.newMember(), try await fixture.newMember()])
    #expect(try await fixture.commit([(0, 5)], of: topic, as: members[0]) == [.none])
    fixture.storage.close()
    fixture = try BrokerFixture.withoutDelay(at: folder.database)
    for member in members { #expect(try await fixture.heartbeat(member) == .none) }
    for member in members {
      let synced = try await fixture.beginSync(member).response()
      #expect(synced.assignment == Array(member.id.utf8))
    }
    #expect(try await fixture.commit([(0, 6)], of: topic, as: members[1]) == [.none])
    #expect(try await fixture.committed(of: topic) == [6])
  }

  @Test("a member that does not come back after a restart is removed after a whole session")
  func silentMember() async throws {
    var fixture = try BrokerFixture.withoutDelay(at: folder.database)
    let member = try await fixture.soleMember()
    try await fixture.pass(milliseconds: 9_000)
    fixture.storage.close()
    fixture = try BrokerFixture.withoutDelay(at: folder.database)
    try await fixture.pass(milliseconds: 10_001)
    #expect(try await fixture.heartbeat(member) == .unknownMemberID)
  }

  @Test("a restart in the middle of a round: whoever joined joins again")
  func middleOfRound() async throws {
    var fixture = try BrokerFixture.withoutDelay(at: folder.database)
    let first = try await fixture.soleMember()
    let second = try await fixture.newMember()
    let waiting = try fixture.beginJoin(second)
    try await fixture.settleGroups()
    fixture.broker.stopWaiting()
    #expect(try await waiting.response().errorCode == .notCoordinator)
    fixture.storage.close()
    fixture = try BrokerFixture.withoutDelay(at: folder.database)
    #expect(try await fixture.heartbeat(first) == .rebalanceInProgress)
    let again = try fixture.beginJoin(second)
    try await fixture.settleGroups()
    let leader = try await fixture.join(first)
    #expect(leader.errorCode == .none)
    #expect(try await again.response().generationID == leader.generationID)
  }

  @Test("members of a consumer group keep their epoch and partitions")
  func consumerMembers() async throws {
    var fixture = try BrokerFixture.withoutDelay(at: folder.database)
    try await fixture.createTopic("orders", partitions: 2)
    let joined = try await fixture.consumerJoin("a", topics: ["orders"])
    fixture.storage.close()
    fixture = try BrokerFixture.withoutDelay(at: folder.database)
    let heartbeat = try await fixture.consumerHeartbeat("a", joined.memberEpoch)
    #expect(heartbeat.errorCode == .none)
    #expect(heartbeat.memberEpoch == joined.memberEpoch)
    #expect(heartbeat.partitions == nil)
  }

  // MARK: Failed transactions

  /// Lets the database refuse whatever concerns the group "poison".
  private func poison() throws {
    guard case .file(let path) = folder.database else { return }
    let connection = try Connection(path: path, mode: .readWrite)
    try connection.execute(
      """
      CREATE TRIGGER poison BEFORE INSERT ON consumer_groups WHEN NEW.name = 'poison'
      BEGIN SELECT RAISE(ABORT, 'not this one'); END
      """)
  }

  @Test("a transaction that fails is refused and leaves nothing; other groups go on")
  func refused() async throws {
    let fixture = try BrokerFixture.withoutDelay(at: folder.database)
    let topic = try await fixture.createTopic("orders")
    let member = try await fixture.soleMember()
    try poison()
    let poisoned = TestMember(group: "poison")
    #expect(try await fixture.commit([(0, 5)], of: topic, as: poisoned) == [.policyViolation])
    #expect(try await fixture.join(poisoned, version: 3).errorCode == .notCoordinator)
    #expect(try await fixture.heartbeat(member) == .none)
    #expect(try await fixture.send(ListGroupsRequest()).groups.map(\.groupID) == ["g"])
  }

  @Test("requests that wait are told to look for the coordinator when a transaction fails")
  func waitingRequests() async throws {
    let fixture = try BrokerFixture.withoutDelay(at: folder.database)
    let topic = try await fixture.createTopic("orders")
    let first = try await fixture.soleMember()
    let second = try await fixture.newMember()
    let waiting = try fixture.beginJoin(second)
    try await fixture.settleGroups()
    try poison()
    _ = try await fixture.commit([(0, 5)], of: topic, as: TestMember(group: "poison"))
    #expect(try await waiting.response().errorCode == .coordinatorNotAvailable)
    #expect(fixture.broker.groups.waitingCount == 0)
    // Both find the group as the tables have it, and complete the round.
    let again = try fixture.beginJoin(second)
    try await fixture.settleGroups()
    let leader = try await fixture.join(first)
    #expect(leader.members.count == 2)
    #expect(try await again.response().errorCode == .none)
  }

  @Test("somebody else's write to the database disturbs no group that it does not change")
  func foreignWrite() async throws {
    let fixture = try BrokerFixture.withoutDelay(at: folder.database)
    let first = try await fixture.soleMember()
    let waiting = try fixture.beginJoin(try await fixture.newMember())
    try await fixture.settleGroups()
    guard case .file(let path) = folder.database else { return }
    try Connection(path: path, mode: .readWrite).execute("CREATE TABLE mine(x)")
    #expect(try await fixture.heartbeat(first) == .rebalanceInProgress)
    #expect(!waiting.isAnswered)
    #expect(try await fixture.join(first).members.count == 2)
    #expect(try await waiting.response().errorCode == .none)
  }

  @Test("when the broker stops, requests that wait are answered, and later ones do not wait")
  func stop() async throws {
    let fixture = try BrokerFixture.withoutDelay(at: folder.database)
    _ = try await fixture.soleMember()
    let member = try await fixture.newMember()
    let waiting = try fixture.beginJoin(member)
    try await fixture.settleGroups()
    fixture.broker.stopWaiting()
    let answer = try await waiting.response()
    #expect(answer.errorCode == .notCoordinator)
    #expect(answer.memberID == member.id)
    #expect(try await fixture.join(member).errorCode == .notCoordinator)
    #expect(try await fixture.beginSync(member).response().errorCode == .notCoordinator)
  }

  @Test("after the storage has closed every API says where to look")
  func closed() async throws {
    let fixture = try BrokerFixture.withoutDelay(at: folder.database)
    let topic = try await fixture.createTopic("orders")
    let member = try await fixture.soleMember()
    fixture.storage.close()
    #expect(try await fixture.heartbeat(member) == .notCoordinator)
    #expect(try await fixture.join(member).errorCode == .notCoordinator)
    #expect(try await fixture.beginSync(member).response().errorCode == .notCoordinator)
    #expect(try await fixture.leave([member]).errorCode == .notCoordinator)
    #expect(try await fixture.commit([(0, 1)], of: topic, as: member) == [.notCoordinator])
    #expect(try await fixture.consumerHeartbeat("a", 1).errorCode == .notCoordinator)
    #expect(try await fixture.send(ListGroupsRequest()).errorCode == .notCoordinator)
    let groups = ["g"]
    #expect(
      try await fixture.send(DescribeGroupsRequest.with { $0.groups = groups }).groups.map(
        \.errorCode) == [.notCoordinator])
    #expect(
      try await fixture.send(ConsumerGroupDescribeRequest.with { $0.groupIDs = groups }).groups
        .map(\.errorCode) == [.notCoordinator])
    #expect(
      try await fixture.send(DeleteGroupsRequest.with { $0.groupsNames = groups }).results.map(
        \.errorCode) == [.notCoordinator])
    #expect(
      try await fixture.send(OffsetDeleteRequest.with { $0.groupID = "g" }).errorCode
        == .notCoordinator)
    let fetch = OffsetFetchRequest.asking("g", for: [(topic, [0])])
    #expect(try await fixture.send(fetch).groups.map(\.errorCode) == [.notCoordinator])
    #expect(try await fixture.send(fetch, version: 7).errorCode == .notCoordinator)
    let oldest = try await fixture.send(fetch, version: 1)
    #expect(oldest.topics.flatMap(\.partitions).map(\.errorCode) == [.notCoordinator])
    #expect(oldest.topics.flatMap(\.partitions).map(\.committedOffset) == [-1])
  }
}
