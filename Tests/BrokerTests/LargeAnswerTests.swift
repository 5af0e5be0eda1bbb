import ActaModel
import Glibc
import KafkaWire
import LogStorage
import Testing

@testable import Broker

/// Small requests whose answers would be large: by naming the same thing often, or many things.
@Suite("Large answers") struct LargeAnswerTests {
  private let fixture: BrokerFixture
  private let memory = ManualMemory()

  init() throws {
    fixture = try .withoutDelay()
    fixture.broker.limitAnswers(by: memory)
  }

  /// Everything that was counted has been given back, and never was more than the largest answer. It is
  /// given back by the thread that has answered, right after it has.
  private func expectBounded() async {
    await memory.waitUntilFree()
    #expect(memory.mostUsedBytes <= AnswerAdmission.largestBytes)
  }

  // MARK: Topics

  @Test("Metadata tells a topic once that is named 30,000 times", arguments: [1, 12] as [Int16])
  func metadataRepeats(version: Int16) async throws {
    try await fixture.createTopic("orders", partitions: 100)
    let orders = MetadataRequest.Topic.with { $0.name = "orders" }
    let nothing = MetadataRequest.Topic.with { $0.name = "nothing" }
    let request = MetadataRequest.with {
      $0.topics = [MetadataRequest.Topic](repeating: orders, count: 30_000) + [nothing]
      $0.allowAutoTopicCreation = false
    }
    let topics = try await fixture.send(request, version: version).topics
    #expect(topics.map(\.name) == ["orders", "nothing"])
    #expect(topics.first?.partitions.count == 100)
    await expectBounded()
  }

  @Test("Metadata tells a topic once that is asked for by the same id")
  func metadataRepeatedIDs() async throws {
    let topic = try await fixture.createTopic("orders")
    let request = MetadataRequest.with {
      $0.topics = [topic.id, topic.id, TopicID(high: 1, low: 2)].map { id in
        .with {
          $0.topicID = id
          $0.name = nil
        }
      }
    }
    let topics = try await fixture.send(request).topics
    #expect(topics.map(\.errorCode) == [.none, .unknownTopicID])
  }

  @Test("DescribeLogDirs tells topics and partitions once")
  func logDirRepeats() async throws {
    try await fixture.createTopic("orders", partitions: 3)
    let request = DescribeLogDirsRequest.with {
      $0.topics = (0..<1_000).map { _ in
        .with {
          $0.topic = "orders"
          $0.partitions = [2, 0, 2]
        }
      }
    }
    let topics = try #require(try await fixture.send(request).results.first).topics
    #expect(topics.map(\.name) == ["orders"])
    #expect(topics.first?.partitions.map(\.partitionIndex) == [0, 2])
    await expectBounded()
  }

  @Test("DescribeConfigs answers each place of the request, and refuses what does not fit")
  func configs() async throws {
    try await fixture.createTopic("orders")
    let request = DescribeConfigsRequest.with {
      $0.resources = (0..<20_000).map { _ in
        .with {
          $0.resourceType = 2
          $0.resourceName = "orders"
        }
      }
      $0.includeSynonyms = true
      $0.includeDocumentation = true
    }
    let results = try await fixture.send(request).results
    #expect(results.count == 20_000)
    let told = results.filter { $0.errorCode == .none }
    #expect(told.count > 500)
    #expect(Set(told.map(\.configs.count)).count == 1)
    let refused = results.filter { $0.errorCode != .none }
    #expect(refused.count + told.count == 20_000)
    #expect(refused.allSatisfy { $0.errorCode == .policyViolation && $0.errorMessage != nil })
    await expectBounded()
  }

  @Test("CreateTopics leaves out the configurations that do not fit")
  func createdConfigs() async throws {
    let request = CreateTopicsRequest.with {
      $0.validateOnly = true
      $0.topics = (0..<9_000).map { number in
        .with {
          $0.name = "t\(number)"
          $0.numPartitions = 1
          $0.replicationFactor = 1
        }
      }
    }
    let topics = try await fixture.send(request).topics
    #expect(topics.map(\.errorCode).allSatisfy { $0 == .none })
    #expect(topics.first?.configs?.isEmpty == false)
    #expect(topics.last?.configs == nil)
    #expect(topics.last?.topicConfigErrorCode == .policyViolation)
    await expectBounded()
  }

  // MARK: Groups

  /// A stable group of one member that says 900 KB of itself.
  private func makeLargeGroup(_ name: String) async throws {
    let metadata = [UInt8](repeating: 7, count: 900_000)
    let change: (inout JoinGroupRequest) -> Void = { request in
      for index in request.protocols.indices { request.protocols[index].metadata = metadata }
    }
    var member = try await fixture.newMember(of: name, change)
    let joined = try await fixture.join(member, change)
    member.generation = joined.generationID
    #expect(try await fixture.beginSync(member, assigning: [member]).response().errorCode == .none)
  }

  @Test("DescribeGroups answers each place of the request, and refuses what does not fit")
  func describeRepeats() async throws {
    try await makeLargeGroup("large")
    _ = try await fixture.soleMember(of: "small")
    let request = DescribeGroupsRequest.with {
      $0.groups = [String](repeating: "large", count: 200) + ["small"]
    }
    let groups = try await fixture.send(request).groups
    #expect(groups.map(\.groupID) == request.groups)
    let told = groups.dropLast().filter { $0.errorCode == .none }
    #expect((30...37).contains(told.count))
    #expect(told.allSatisfy { $0.members.first?.memberMetadata.count == 900_000 })
    #expect(groups[199].errorCode == .policyViolation)
    #expect(groups[199].errorMessage == "The answer would be too large; ask for less at once.")
    // What is small fits beside it.
    #expect(groups.last?.errorCode == ErrorCode.none)
    #expect(groups.last?.members.count == 1)
    await expectBounded()
  }

  @Test(
    "DescribeGroups of many large groups tells those that fit, and of each other one that it does not"
  )
  func describeMany() async throws {
    let names = (0..<50).map { "g\($0)" }
    for name in names { try await makeLargeGroup(name) }
    let groups = try await fixture.send(DescribeGroupsRequest.with { $0.groups = names }).groups
    #expect(groups.map(\.groupID) == names)
    let codes = groups.map(\.errorCode)
    #expect(codes.prefix(30).allSatisfy { $0 == .none })
    #expect(codes.suffix(10).allSatisfy { $0 == .policyViolation })
    await expectBounded()
  }

  @Test("a group question that needs room waits for it, and others do not wait for it")
  func waiting() async throws {
    try await makeLargeGroup("large")
    let member = try await fixture.soleMember(of: "small")
    memory.reserve(60 << 20)
    let call = try fixture.begin(DescribeGroupsRequest.with { $0.groups = ["large"] })
    try await fixture.settleGroups()
    #expect(!call.isAnswered)
    #expect(try await fixture.heartbeat(member) == .none)
    memory.reserve(-(60 << 20))
    #expect(try await call.response().groups.first?.members.count == 1)
    await memory.waitUntilFree()
  }

  @Test("OffsetFetch reads a group once that is named often, and refuses what does not fit")
  func positions() async throws {
    let topic = try await fixture.createTopic("orders", partitions: 100)
    let metadata = String(repeating: "m", count: 4_000)
    let codes = try await fixture.commit((0..<100).map { ($0, 5) }, of: topic) { request in
      for index in request.topics[0].partitions.indices {
        request.topics[0].partitions[index].committedMetadata = metadata
      }
    }
    #expect(codes.allSatisfy { $0 == .none })
    let request = OffsetFetchRequest.with {
      $0.groups = (0..<1_000).map { _ in .asking("g", for: nil) }
    }
    let groups = try await fixture.send(request, version: 9).groups
    #expect(groups.count == 1_000)
    let told = groups.filter { $0.errorCode == .none }
    #expect((35...45).contains(told.count))
    #expect(told.allSatisfy { $0.topics.first?.partitions.count == 100 })
    #expect(groups.last?.errorCode == .policyViolation)
    await expectBounded()
  }

  @Test("OffsetFetch of one partition named often counts what is committed with it each time")
  func repeatedPartition() async throws {
    let topic = try await fixture.createTopic("orders")
    _ = try await fixture.commit([(0, 5)], of: topic) {
      $0.topics[0].partitions[0].committedMetadata = String(repeating: "m", count: 4_000)
    }
    for (count, code) in [(1_000, ErrorCode.none), (50_000, .policyViolation)] {
      let request = OffsetFetchRequest.asking(
        "g", for: [(topic, [Int32](repeating: 0, count: count))])
      let group = try #require(try await fixture.send(request).groups.first)
      #expect(group.errorCode == code)
      #expect(group.topics.flatMap(\.partitions).count == (code == .none ? count : 0))
    }
    await expectBounded()
  }

  @Test("OffsetFetch tells positions of many pages, by topic and number")
  func pages() async throws {
    let topics = [
      try await fixture.createTopic("b", partitions: 700),
      try await fixture.createTopic("a", partitions: 900),
    ]
    for topic in topics {
      let count = Int32(topic.partitions.count)
      _ = try await fixture.commit((0..<count).map { ($0, Int64($0) + 10) }, of: topic)
    }
    let groups = try await fixture.send(OffsetFetchRequest.asking("g", for: nil)).groups
    let found = try #require(groups.first).topics
    #expect(found.map(\.topicID) == topics.reversed().map(\.id))
    #expect(found[0].partitions.map(\.partitionIndex) == Array(0..<900))
    #expect(found[0].partitions.map(\.committedOffset) == Array(10..<910))
    #expect(found[1].partitions.map(\.partitionIndex) == Array(0..<700))
    await expectBounded()
  }

  @Test("ListGroups and FindCoordinator of thousands are counted")
  func manyGroups() async throws {
    let topic = try await fixture.createTopic("orders")
    for number in 0..<500 {
      _ = try await fixture.commit([(0, 1)], of: topic, as: TestMember(group: "g\(number)"))
    }
    #expect(try await fixture.send(ListGroupsRequest()).groups.count == 500)
    #expect(memory.mostUsedBytes > 500 * 160)
    let request = FindCoordinatorRequest.with {
      $0.coordinatorKeys = (0..<50_000).map { "k\($0)" }
    }
    #expect(try await fixture.send(request).coordinators.count == 50_000)
    await expectBounded()
  }

  @Test("DescribeTransactions answers each place of the request, and refuses what does not fit")
  func transactions() async throws {
    let topic = try await fixture.createTopic("orders", partitions: 1_000)
    let producer = try await fixture.producer("large", .first)
    let codes = try await fixture.add(Array(0..<1_000), of: topic, by: producer)
    #expect(codes.allSatisfy { $0 == .none })
    let request = DescribeTransactionsRequest.with {
      $0.transactionalIDs = [String](repeating: "large", count: 99_000) + ["none"]
    }
    let states = try await fixture.send(request).transactionStates
    #expect(states.map(\.transactionalID) == request.transactionalIDs)
    let told = states.filter { $0.errorCode == .none }
    #expect((100...250).contains(told.count))
    #expect(told.allSatisfy { $0.topics.first?.partitions.count == 1_000 })
    #expect(states[98_999].errorCode == .policyViolation)
    #expect(states.last?.errorCode == .transactionalIDNotFound)
    await expectBounded()
  }

  @Test("DeleteGroups answers a group once that is named twice")
  func deleteRepeats() async throws {
    let topic = try await fixture.createTopic("orders")
    _ = try await fixture.commit([(0, 1)], of: topic)
    let request = DeleteGroupsRequest.with { $0.groupsNames = ["g", "g", "h", "g"] }
    let results = try await fixture.send(request).results
    #expect(results.map(\.groupID) == ["g", "h"])
    #expect(results.map(\.errorCode) == [.none, .groupIDNotFound])
  }
}
