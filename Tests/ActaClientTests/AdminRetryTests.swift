import ActaClient
import ActaModel
import KafkaWire
import Synchronization
import Testing
import Threads

@Suite("Administrator at brokers that move, are old, or misbehave") struct AdminRetryTests {
  /// An administrator of one scripted broker, which answers what is needed to find it, and then by the script.
  private static func with<R: Sendable>(
    upTo newest: [APIKey: Int16] = [:], others: [Int32: UInt16] = [:], timeout: Int64 = 5_000,
    retries: Int32 = .max,
    _ script: @escaping ScriptedBroker.Script,
    _ body: (Admin, ScriptedBroker) async throws -> R
  ) async throws -> R {
    let broker = try ScriptedBroker { request in
      switch request.api {
      case .apiVersions: request.answer(Self.versions(upTo: newest))
      case .metadata: request.answer(request.metadata(leader: 1, controller: 1, others))
      default: script(request)
      }
    }
    defer { broker.stop() }
    var configuration = AdminConfiguration(bootstrapServers: [broker.address])
    configuration.defaultAPITimeoutMilliseconds = timeout
    configuration.requestTimeoutMilliseconds = 200
    configuration.retries = retries
    configuration.retryBackoffMilliseconds = 5
    configuration.retryBackoffMaxMilliseconds = 10
    configuration.reconnectBackoffMilliseconds = 5
    return try await Admin.with(configuration) { try await body($0, broker) }
  }

  /// - Parameter newest: Of APIs that the broker does not speak as we do; -1: not at all.
  private static func versions(upTo newest: [APIKey: Int16]) -> ApiVersionsResponse {
    var response = ApiVersionsResponse()
    response.apiKeys = APIVersionTable.served.compactMap { versions in
      var entry = ApiVersionsResponse.ApiVersion(versions)
      guard let limit = newest[versions.key] else { return entry }
      if limit < 0 { return nil }
      entry.minVersion = min(entry.minVersion, limit)
      entry.maxVersion = limit
      return entry
    }
    return response
  }

  // MARK: Moving

  @Test("a coordinator that is none any more is looked for again")
  func coordinatorMoves() async throws {
    let asked = Atomic(0)
    let script: ScriptedBroker.Script = { request in
      switch request.api {
      case .findCoordinator: return request.coordinators(["g"])
      case .deleteGroups:
        let isFirst = asked.wrappingAdd(1, ordering: .relaxed).oldValue == 0
        var group = DeleteGroupsResponse.Group()
        group.groupID = "g"
        group.errorCode = isFirst ? .notCoordinator : .none
        var response = DeleteGroupsResponse()
        response.results = [group]
        return request.answer(response)
      default: return .close
      }
    }
    try await Self.with(script) { admin, broker in
      try await admin.deleteGroups(["g"])["g"]?.get()
      #expect(broker.requests.count { $0.api == .findCoordinator } == 2)
    }
  }

  @Test("a leader that is none any more is looked for again; the others are not asked twice")
  func leaderMoves() async throws {
    let asked = Mutex<[[Int32]]>([])
    let script: ScriptedBroker.Script = { request in
      guard request.api == .deleteRecords,
        let question = try? DeleteRecordsRequest.decode(
          from: request.body, version: request.version)
      else { return .close }
      let numbers = question.topics.flatMap(\.partitions).map(\.partitionIndex)
      let isFirst = asked.withLock { asked in
        asked.append(numbers)
        return asked.count == 1
      }
      var topic = DeleteRecordsResponse.Topic()
      topic.name = "t"
      topic.partitions = numbers.map { number in
        var partition = DeleteRecordsResponse.Partition()
        partition.partitionIndex = number
        partition.lowWatermark = 7
        partition.errorCode = isFirst && number == 1 ? .notLeaderOrFollower : .none
        return partition
      }
      var response = DeleteRecordsResponse()
      response.topics = [topic]
      return request.answer(response)
    }
    try await Self.with(script) { admin, _ in
      let (zero, one) = (TopicPartition("t", 0), TopicPartition("t", 1))
      let deleted = try await admin.deleteRecords([zero: .all, one: .all])
      #expect(try deleted[zero]?.get() == 7)
      #expect(try deleted[one]?.get() == 7)
      #expect(asked.withLock { $0 } == [[0, 1], [1]])
    }
  }

  @Test("a controller that is none any more, and one that hangs up, are asked again")
  func controllerMoves() async throws {
    let asked = Atomic(0)
    let script: ScriptedBroker.Script = { request in
      let turn = asked.wrappingAdd(1, ordering: .relaxed).oldValue
      if turn == 0 { return .close }
      return request.created("t", turn == 1 ? .notController : .none)
    }
    try await Self.with(script) { admin, _ in
      _ = try await admin.createTopics([NewTopic("t")])["t"]?.get()
    }
    #expect(asked.load(ordering: .relaxed) == 3)
  }

  @Test("attempts end with their number, and with the task that waits for them")
  func ends() async throws {
    let script: ScriptedBroker.Script = { $0.created("t", .notController) }
    try await Self.with(retries: 2, script) { admin, broker in
      let created = try await admin.createTopics([NewTopic("t")])
      #expect(created["t"]?.failure?.code == 41)
      #expect(broker.requests.count { $0.api == .createTopics } == 3)
    }
    try await Self.with(timeout: 60_000, script) { admin, broker in
      let call = Task { try await admin.createTopics([NewTopic("t")])["t"]?.failure?.code }
      while broker.requests.allSatisfy({ $0.api != .createTopics }) { await Task.yield() }
      call.cancel()
      // The answer was there already, or is not waited for.
      switch await call.result {
      case .success(let code): #expect(code == 41)
      case .failure(let error): #expect(error is KafkaError)
      }
    }
  }

  // MARK: Several brokers

  @Test(
    "each broker is asked for its groups, again if it cannot tell yet; all tell, or it is an error")
  func severalBrokers() async throws {
    let asked = Atomic(0)
    let first = Atomic(UInt16(0))
    let second = try ScriptedBroker { request in
      switch request.api {
      case .apiVersions: return request.answer(Self.versions(upTo: [:]))
      case .metadata:
        // Whoever is asked tells the same.
        let ports: [Int32: UInt16] = [1: first.load(ordering: .relaxed), 2: request.port]
        return request.answer(request.metadata(leader: 1, controller: 1, ports))
      default:
        let turn = asked.wrappingAdd(1, ordering: .relaxed).oldValue
        return request.groups(
          ["b"], turn == 0 ? .coordinatorLoadInProgress : turn == 1 ? .none : .unknownServerError)
      }
    }
    defer { second.stop() }
    let script: ScriptedBroker.Script = { $0.groups(["c", "a"]) }
    try await Self.with(others: [2: second.port], script) { admin, broker in
      first.store(broker.port, ordering: .relaxed)
      let groups = try await admin.listGroups()
      #expect(groups.map(\.groupID) == ["a", "b", "c"])
      #expect(broker.requests.count { $0.api == .listGroups } == 1)
      let broken = await #expect(throws: KafkaError.self) { try await admin.listGroups() }
      #expect(broken?.code == -1)
    }
  }

  @Test("what is asked of a broker that is away is told beside what the others say")
  func brokerAway() async throws {
    let script: ScriptedBroker.Script = { request in
      if request.api == .describeLogDirs { return request.answer(DescribeLogDirsResponse()) }
      return .close
    }
    // Nobody listens at port 1.
    try await Self.with(others: [2: 1], timeout: 300, script) { admin, _ in
      let told = try await admin.describeLogDirs()
      let mine = try told[1]?.get()
      #expect(mine == [])
      #expect(told[2]?.failure?.description.contains("127.0.0.1:1") == true)
      #expect(told[2]?.failure?.isRetriable == true)
    }
  }

  // MARK: Old brokers

  @Test("brokers before Kafka 3.0 are asked for coordinators and positions one at a time")
  func oldGroups() async throws {
    let script: ScriptedBroker.Script = { request in
      switch request.api {
      case .findCoordinator:
        var response = FindCoordinatorResponse()
        response.nodeID = 1
        return request.answer(response)
      case .offsetFetch:
        var partition = OffsetFetchResponse.Partition()
        partition.committedOffset = 5
        var topic = OffsetFetchResponse.Topic()
        topic.name = "t"
        topic.partitions = [partition]
        var response = OffsetFetchResponse()
        response.topics = [topic]
        return request.answer(response)
      default: return .close
      }
    }
    try await Self.with(upTo: [.findCoordinator: 3, .offsetFetch: 5], script) { admin, broker in
      let told = try await admin.listGroupOffsets(["g", "h"])
      #expect(try told["g"]?.get() == [TopicPartition("t", 0): OffsetAndMetadata(5)])
      #expect(try told["h"]?.get().count == 1)
      #expect(broker.requests.count { $0.api == .findCoordinator } == 2)
      let stable = await #expect(throws: KafkaError.self) {
        try await admin.listGroupOffsets(["g"], requireStable: true)
      }
      #expect(stable?.description.contains("OffsetFetch") == true)
      #expect(stable?.isRetriable == false)
    }
  }

  @Test("what old brokers do not speak is asked for as they do")
  func oldDescriptions() async throws {
    let script: ScriptedBroker.Script = { request in
      switch request.api {
      case .findCoordinator: return request.coordinators(["g"])
      case .describeGroups:
        var group = DescribeGroupsResponse.Group()
        group.groupID = "g"
        group.groupState = "Dead"
        var response = DescribeGroupsResponse()
        response.groups = [group]
        return request.answer(response)
      default: return .close
      }
    }
    let old: [APIKey: Int16] = [
      .describeTopicPartitions: -1, .describeCluster: -1,
      .consumerGroupDescribe: -1, .describeGroups: 4, .metadata: 8,
    ]
    try await Self.with(upTo: old, script) { admin, _ in
      let topic = try #require(try await admin.describeTopics(["t"])["t"]?.get())
      #expect(topic.topicID == nil)
      #expect(topic.partitions.map(\.leader) == [1, 1])
      #expect(topic.partitions.first?.eligibleLeaderReplicas == nil)
      let cluster = try await admin.describeCluster()
      #expect(cluster.controller?.id == 1)
      #expect(try await admin.describeGroups(["g"])["g"]?.get().state == .dead)
      await #expect(throws: KafkaError.self) {
        try await admin.describeTopics(ids: ["AAAAAAAAAAAAAAAAAAAABA"])
      }
      await #expect(throws: KafkaError.self) {
        try await admin.describeCluster(includeFencedBrokers: true)
      }
    }
  }

  // MARK: Misbehaving

  @Test("a broker that says nothing is given up in time, with a sentence")
  func silence() async throws {
    let script: ScriptedBroker.Script = { _ in .silence }
    try await Self.with(timeout: 500, script) { admin, broker in
      let began = Clock.monotonicMilliseconds()
      let error = await #expect(throws: KafkaError.self) { try await admin.listGroups() }
      #expect(Clock.monotonicMilliseconds() - began < 5_000)
      #expect(error?.description.contains(broker.address) == true)
      #expect(error?.isRetriable == true)
    }
  }

  @Test("answers that leave out what was asked about, or never end, are no answers")
  func nonsense() async throws {
    let script: ScriptedBroker.Script = { request in
      switch request.api {
      case .createTopics: return request.answer(CreateTopicsResponse())
      case .findCoordinator: return request.answer(FindCoordinatorResponse())
      case .describeTopicPartitions:
        var response = DescribeTopicPartitionsResponse()
        var cursor = TopicPartitionCursor()
        cursor.topicName = "t"
        response.nextCursor = cursor
        return request.answer(response)
      default: return .bytes(Array("no answer at all".utf8))
      }
    }
    try await Self.with(timeout: 500, script) { admin, _ in
      let created = try await admin.createTopics([NewTopic("t")])["t"]?.failure
      #expect(created?.description.contains("nothing of t") == true)
      let described = try await admin.describeGroups(["g"])["g"]?.failure
      #expect(described?.description.contains("nothing of g") == true)
      let endless = await #expect(throws: KafkaError.self) {
        try await admin.describeTopics(["t"])
      }
      #expect(endless?.description.contains("no end") == true)
      await #expect(throws: KafkaError.self) { try await admin.listGroups() }
    }
  }
}

extension ScriptedRequest {
  /// This broker's metadata, with a controller and another partition.
  fileprivate func metadata(
    leader: Int32, controller: Int32, _ others: [Int32: UInt16]
  ) -> MetadataResponse {
    var response = metadata(leader: leader, others: others)
    response.controllerID = controller
    var second = response.topics[0].partitions[0]
    second.partitionIndex = 1
    response.topics[0].partitions.append(second)
    return response
  }

  fileprivate func coordinators(_ names: [String]) -> ScriptedBroker.Reply {
    var response = FindCoordinatorResponse()
    response.coordinators = names.map { name in
      var coordinator = FindCoordinatorResponse.Coordinator()
      coordinator.key = name
      coordinator.nodeID = 1
      return coordinator
    }
    return answer(response)
  }

  fileprivate func groups(_ ids: [String], _ code: ErrorCode = .none) -> ScriptedBroker.Reply {
    var response = ListGroupsResponse()
    response.errorCode = code
    response.groups = ids.map { id in
      var group = ListGroupsResponse.Group()
      group.groupID = id
      return group
    }
    return answer(response)
  }

  fileprivate func created(_ name: String, _ code: ErrorCode) -> ScriptedBroker.Reply {
    var topic = CreateTopicsResponse.Topic()
    topic.name = name
    topic.errorCode = code
    var response = CreateTopicsResponse()
    response.topics = [topic]
    return answer(response)
  }
}
