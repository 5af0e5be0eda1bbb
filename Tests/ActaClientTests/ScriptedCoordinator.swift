import ActaClient
import ActaModel
import KafkaWire
import Synchronization

/// A coordinator by the protocol of KIP-848 that has one member, and gives it the one partition there is.
final class ScriptedCoordinator: Sendable {
  let commits = Mutex(0)
  /// The member's; only commits that name it are taken.
  let epoch = Mutex<Int32>(1)
  /// So many commits are not answered.
  let ignoredCommits: Int
  let answersFarewells: Bool
  /// What the next heartbeats are answered, before it lets anybody in.
  private let refusals: Mutex<[ErrorCode]>

  init(ignoredCommits: Int = 0, answersFarewells: Bool = true, refusals: [ErrorCode] = []) {
    self.ignoredCommits = ignoredCommits
    self.answersFarewells = answersFarewells
    self.refusals = Mutex(refusals)
  }

  func answer(_ request: ScriptedRequest) -> ScriptedBroker.Reply {
    switch request.api {
    case .findCoordinator: return request.answer(request.coordinator())
    case .consumerGroupHeartbeat: return heartbeat(request)
    case .offsetFetch: return request.answer(OffsetFetchResponse())
    case .listOffsets: return request.answer(ScriptedRequest.beginning())
    case .fetch:
      guard request.fetchedPart?.fetchOffset == 0 else { return .silence }
      return request.answer(
        ScriptedRequest.fetched(ScriptedRequest.batch(of: ["a", "b"], from: 0)))
    case .offsetCommit: return commit(request)
    default: return request.properly()
    }
  }

  private func heartbeat(_ request: ScriptedRequest) -> ScriptedBroker.Reply {
    let epoch = Self.epoch(request)
    if epoch < 0, !answersFarewells { return .silence }
    var response = ConsumerGroupHeartbeatResponse()
    if let refusal = refusals.withLock({ $0.isEmpty ? nil : $0.removeFirst() }) {
      response.errorCode = refusal
      return request.answer(response)
    }
    response.memberEpoch = epoch < 0 ? epoch : self.epoch.withLock { $0 }
    response.heartbeatIntervalMilliseconds = 1_000
    if epoch == 0 {
      var partitions = ConsumerGroupHeartbeatResponse.TopicPartitions()
      partitions.topicID = TopicID(high: 0, low: 1)
      partitions.partitions = [0]
      var assignment = ConsumerGroupHeartbeatResponse.Assignment()
      assignment.topicPartitions = [partitions]
      response.assignment = assignment
    }
    return request.answer(response)
  }

  private func commit(_ request: ScriptedRequest) -> ScriptedBroker.Reply {
    let number = commits.withLock { count in
      count += 1
      return count
    }
    if number <= ignoredCommits { return .silence }
    let asked = try? OffsetCommitRequest.decode(from: request.body, version: request.version)
    let isStale = asked?.generationIDOrMemberEpoch != epoch.withLock { $0 }
    return request.answer(Self.committed(asked, isStale ? .staleMemberEpoch : .none))
  }

  private static func committed(
    _ asked: OffsetCommitRequest?, _ code: ErrorCode
  ) -> OffsetCommitResponse {
    var response = OffsetCommitResponse()
    response.topics = (asked?.topics ?? []).map { asked in
      var topic = OffsetCommitResponse.Topic()
      topic.name = asked.name
      topic.partitions = asked.partitions.map { asked in
        var partition = OffsetCommitResponse.Partition()
        partition.partitionIndex = asked.partitionIndex
        partition.errorCode = code
        return partition
      }
      return topic
    }
    return response
  }

  static func epoch(_ request: ScriptedRequest) -> Int32 {
    let asked = try? ConsumerGroupHeartbeatRequest.decode(
      from: request.body, version: request.version)
    return asked?.memberEpoch ?? 0
  }

  static func member(
    at broker: ScriptedBroker, _ change: (inout ConsumerConfiguration) -> Void = { _ in }
  ) async throws -> Consumer<String, String> {
    var configuration = ConsumerConfiguration(bootstrapServers: [broker.address], groupID: "g")
    configuration.groupProtocol = .consumer
    configuration.autoOffsetReset = .earliest
    configuration.requestTimeoutMilliseconds = 200
    configuration.fetchMaxWaitMilliseconds = 20
    configuration.retryBackoffMilliseconds = 5
    configuration.enableAutoCommit = false
    change(&configuration)
    let consumer = try Consumer(
      configuration, key: StringDeserializer(), value: StringDeserializer())
    try consumer.start()
    try await consumer.subscribe(to: ["t"])
    return consumer
  }
}
