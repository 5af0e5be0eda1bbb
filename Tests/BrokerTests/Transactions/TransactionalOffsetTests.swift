import ActaModel
import KafkaWire
import LogStorage
import Testing

@testable import Broker

@Suite("Positions in transactions") struct TransactionalOffsetTests {
  private let fixture: BrokerFixture

  init() throws { fixture = try .withoutDelay() }

  /// A producer with a transaction that takes the group in, if its generation has to ask for that.
  private func producer(_ generation: Generation) async throws -> TestProducer {
    let producer = try await fixture.producer("tx", generation)
    if generation == .first { #expect(try await fixture.addOffsets(by: producer) == .none) }
    return producer
  }

  /// In the newest version of the producer's generation.
  private func hold(
    _ offset: Int64, of topic: StoredTopic, by producer: TestProducer
  ) async throws -> [ErrorCode] {
    try await fixture.hold(
      [(0, offset)], of: topic, by: producer, version: producer.generation == .first ? 4 : nil)
  }

  @Test(
    "a position is kept when the transaction is committed, and dropped when it is aborted",
    arguments: Generation.allCases)
  func ends(generation: Generation) async throws {
    let topic = try await fixture.createTopic("orders")
    var producer = try await producer(generation)
    #expect(try await hold(5, of: topic, by: producer) == [.none])
    #expect(try await fixture.committed(of: topic) == [-1])
    #expect(try await fixture.commit(&producer) == .none)
    #expect(try await fixture.committed(of: topic) == [5])
    if generation == .first { #expect(try await fixture.addOffsets(by: producer) == .none) }
    #expect(try await hold(6, of: topic, by: producer) == [.none])
    #expect(try await hold(7, of: topic, by: producer) == [.none])
    #expect(try await fixture.committed(of: topic) == [5])
    #expect(try await fixture.abort(&producer) == .none)
    #expect(try await fixture.committed(of: topic) == [5])
  }

  @Test(
    "who asks for stable positions is told of those that may change",
    arguments: versions(of: .offsetFetch, since: 7), [true, false])
  func stable(version: Int16, asksForAll: Bool) async throws {
    let topic = try await fixture.createTopic("orders", partitions: 2)
    #expect(try await fixture.commit([(0, 3), (1, 4)], of: topic) == [.none, .none])
    var producer = try await producer(.second)
    #expect(try await hold(5, of: topic, by: producer) == [.none])
    func answer(isStable: Bool) async throws -> [(Int64, ErrorCode)] {
      var request = OffsetFetchRequest.asking("g", for: asksForAll ? nil : [(topic, [0, 1])])
      request.requireStable = isStable
      let response = try await fixture.send(request, version: version)
      #expect(response.errorCode == .none)
      return version < 8
        ? response.topics.flatMap(\.partitions).map { ($0.committedOffset, $0.errorCode) }
        : response.groups.flatMap(\.topics).flatMap(\.partitions).map {
          ($0.committedOffset, $0.errorCode)
        }
    }
    let plain = try await answer(isStable: false)
    #expect(plain.map(\.0) == [3, 4] && plain.map(\.1) == [.none, .none])
    let unstable = try await answer(isStable: true)
    #expect(unstable.map(\.0) == [-1, 4])
    #expect(unstable.map(\.1) == [.unstableOffsetCommit, .none])
    #expect(try await fixture.commit(&producer) == .none)
    #expect(try await answer(isStable: true).map(\.0) == [5, 4])
  }

  @Test("records and positions of one transaction are seen together")
  func together() async throws {
    let topic = try await fixture.createTopic("orders")
    var producer = try await fixture.producer()
    #expect(try await fixture.write("a", to: topic, by: &producer) == .none)
    #expect(try await hold(5, of: topic, by: producer) == [.none])
    #expect(
      try await fixture.describe("tx")?.topics.map(\.topic) == ["__consumer_offsets", "orders"])
    #expect(try await fixture.commit(&producer) == .none)
    #expect(try await fixture.committed(of: topic) == [5])
    #expect(try await fixture.fetchCommitted(topic).committedValues() == ["a"])
  }

  // MARK: Refusals

  @Test(
    "a group that was not added is taken in by those versions that say so",
    arguments: versions(of: .txnOffsetCommit))
  func notAdded(version: Int16) async throws {
    let topic = try await fixture.createTopic("orders")
    let producer = try await fixture.producer("tx", .first)
    let code = try await fixture.hold([(0, 5)], of: topic, by: producer, version: version)
    switch version {
    case ..<4: #expect(code == [.invalidTxnState])
    case 4: #expect(code == [.transactionAbortable])
    default: #expect(code == [.none])
    }
    #expect(try await fixture.describe("tx")?.state == (version < 5 ? "Empty" : "Ongoing"))
    let groups = try await fixture.send(ListGroupsRequest()).groups.map(\.groupID)
    #expect(groups == (version < 5 ? [] : ["g"]))
  }

  @Test("who the producer is not", arguments: versions(of: .txnOffsetCommit))
  func otherProducers(version: Int16) async throws {
    let topic = try await fixture.createTopic("orders")
    let producer = try await producer(.first)
    let others: [(TestProducer, ErrorCode)] = [
      (TestProducer("other", .first, id: producer.id, epoch: 0), .invalidProducerIDMapping),
      (TestProducer("", .first, id: producer.id, epoch: 0), .invalidRequest),
      (TestProducer("tx", .first, id: producer.id + 1, epoch: 0), .invalidProducerIDMapping),
      (TestProducer("tx", .first, id: producer.id, epoch: 7), .invalidProducerEpoch),
    ]
    for (other, code) in others {
      let codes = try await fixture.hold([(0, 5)], of: topic, by: other, version: version)
      #expect(codes == [code], "\(other)")
    }
    var last = producer
    #expect(try await fixture.commit(&last) == .none)
    #expect(try await fixture.committed(of: topic) == [-1])
  }

  @Test("what cannot be kept is refused for itself", arguments: versions(of: .txnOffsetCommit))
  func positions(version: Int16) async throws {
    let topic = try await fixture.createTopic("orders")
    let producer = try await producer(.first)
    let codes = try await fixture.hold(
      [(0, 5), (9, 5), (0, 6)], of: topic, by: producer, version: version
    ) {
      $0.topics[0].partitions[2].committedMetadata = String(repeating: "m", count: 4_097)
    }
    #expect(codes == [.none, .unknownTopicOrPartition, .offsetMetadataTooLarge])
    let unknown = try await fixture.hold([(0, 5)], of: .unknown, by: producer, version: version)
    #expect(unknown == [version < 6 ? .unknownTopicOrPartition : .unknownTopicID])
    for group in ["", "a\0"] {
      let codes = try await fixture.hold([(0, 5)], of: topic, by: producer, version: version) {
        $0.groupID = group
      }
      #expect(codes == [.invalidGroupID])
    }
  }

  @Test("more positions than one turn can end are refused")
  func tooMany() async throws {
    let topic = try await fixture.createTopic("wide", partitions: 10_001)
    let producer = try await producer(.second)
    let offsets = (0..<10_001).map { (partition: Int32($0), offset: Int64(1)) }
    let codes = try await fixture.hold(offsets, of: topic, by: producer)
    #expect(codes == offsets.map { _ in .policyViolation })
  }

  @Test(
    "a member commits with its generation, which is checked, but not whether a round goes on",
    arguments: versions(of: .txnOffsetCommit, since: 3))
  func members(version: Int16) async throws {
    let topic = try await fixture.createTopic("orders")
    let producer = try await producer(.first)
    func hold(_ member: TestMember) async throws -> [ErrorCode] {
      try await fixture.hold([(0, 5)], of: topic, by: producer, version: version) {
        $0.memberID = member.id
        $0.groupInstanceID = member.instanceID
        $0.generationIDOrMemberEpoch = member.generation
      }
    }
    let missing = try await hold(TestMember(id: "a", generation: 1))
    #expect(missing == [version < 6 ? .illegalGeneration : .groupIDNotFound])
    let member = try await fixture.soleMember()
    #expect(try await hold(member) == [.none])
    #expect(try await hold(member.in(member.generation + 1)) == [.illegalGeneration])
    #expect(try await hold(TestMember(id: "nobody", generation: 1)) == [.unknownMemberID])
    #expect(
      try await hold(TestMember(id: member.id, instanceID: "i", generation: 1))
        == [.unknownMemberID])
    // Nobody in particular: as the first versions have it.
    #expect(try await hold(TestMember()) == [.none])
    // Another one joins; before the leader has assigned anything the group takes no plain commits.
    let joined = try fixture.beginJoin(try await fixture.newMember())
    try await fixture.settleGroups()
    let generation = try await fixture.join(member).generationID
    _ = try await joined.response()
    let again = member.in(generation)
    #expect(try await fixture.commit([(0, 5)], of: topic, as: again) == [.rebalanceInProgress])
    #expect(try await hold(again) == [.none])
  }

  @Test("a static member that was replaced is fenced")
  func staticMembers() async throws {
    let topic = try await fixture.createTopic("orders")
    let producer = try await producer(.second)
    let response = try await fixture.join(TestMember(instanceID: "i"))
    #expect(response.errorCode == .none)
    let codes = try await fixture.hold([(0, 5)], of: topic, by: producer) {
      $0.memberID = "another"
      $0.groupInstanceID = "i"
      $0.generationIDOrMemberEpoch = response.generationID
    }
    #expect(codes == [.fencedInstanceID])
  }

  @Test(
    "a member of a consumer group commits with its epoch",
    arguments: versions(of: .txnOffsetCommit, since: 3))
  func consumerMembers(version: Int16) async throws {
    let topic = try await fixture.createTopic("orders")
    let producer = try await producer(.first)
    let joined = try await fixture.consumerJoin("m", group: "g", topics: ["orders"])
    func hold(_ member: String, _ epoch: Int32) async throws -> [ErrorCode] {
      try await fixture.hold([(0, 5)], of: topic, by: producer, version: version) {
        $0.memberID = member
        $0.generationIDOrMemberEpoch = epoch
      }
    }
    #expect(try await hold("m", joined.memberEpoch) == [.none])
    #expect(try await hold("", -1) == [.none])
    #expect(try await hold("other", joined.memberEpoch) == [.unknownMemberID])
    #expect(
      try await hold("m", joined.memberEpoch + 1)
        == [version < 6 ? .illegalGeneration : .staleMemberEpoch])
  }

  @Test("what is held goes with its group")
  func deletedGroup() async throws {
    let topic = try await fixture.createTopic("orders")
    var producer = try await producer(.second)
    #expect(try await hold(5, of: topic, by: producer) == [.none])
    let deletion = try await fixture.send(DeleteGroupsRequest.with { $0.groupsNames = ["g"] })
    #expect(deletion.results.map(\.errorCode) == [.none])
    #expect(try await fixture.commit(&producer) == .none)
    #expect(try await fixture.committed(of: topic) == [-1])
    #expect(try await fixture.send(ListGroupsRequest()).groups.isEmpty)
  }
}
