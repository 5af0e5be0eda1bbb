import ActaClient
import ActaModel
import KafkaWire
import Synchronization
import Testing

@Suite("A consumer of a log that is cut") struct TruncationTests {
  /// A broker that has five records of epoch 0, and, once it is told so, leads under epoch 1 and has lost three.
  private final class CutLog: Sendable {
    let isCut = Atomic(false)

    func answer(_ request: ScriptedRequest) -> ScriptedBroker.Reply {
      switch request.api {
      case .metadata:
        var metadata = request.metadata(leader: 1)
        metadata.topics[0].partitions[0].leaderEpoch = epoch
        return request.answer(metadata)
      case .listOffsets: return request.answer(ScriptedRequest.beginning())
      case .fetch: return request.answer(fetched(request))
      case .offsetForLeaderEpoch: return request.answer(endOfEpoch(request))
      default: return request.properly()
      }
    }

    private var epoch: Int32 { isCut.load(ordering: .relaxed) ? 1 : 0 }

    private func endOfEpoch(_ request: ScriptedRequest) -> OffsetForLeaderEpochResponse {
      let asked = try? OffsetForLeaderEpochRequest.decode(
        from: request.body, version: request.version)
      var partition = OffsetForLeaderEpochResponse.EpochEndOffset()
      let isRight =
        asked?.topics.first?.partitions.first.map {
          $0.leaderEpoch == 0 && $0.currentLeaderEpoch == 1
        } ?? false
      partition.errorCode = isRight ? .none : .fencedLeaderEpoch
      partition.leaderEpoch = 0
      partition.endOffset = 2
      var topic = OffsetForLeaderEpochResponse.Topic()
      topic.topic = "t"
      topic.partitions = [partition]
      var response = OffsetForLeaderEpochResponse()
      response.topics = [topic]
      return response
    }

    private func fetched(_ request: ScriptedRequest) -> FetchResponse {
      let part = request.fetchedPart
      if part?.currentLeaderEpoch != epoch {
        return ScriptedRequest.fetched([], .fencedLeaderEpoch)
      }
      return ScriptedRequest.fetched(records(from: part?.fetchOffset ?? 0))
    }

    /// `old 0` to `old 4`; after the cut `new 2` stands where `old 2` was.
    private func records(from offset: Int64) -> [UInt8] {
      let (first, values): (Int64, [String]) =
        epoch == 0 ? (0, (0..<5).map { "old \($0)" }) : (2, ["new 2"])
      guard offset >= first, offset < first + Int64(values.count) else { return [] }
      return ScriptedRequest.batch(of: values, from: first, epoch: epoch)
    }
  }

  private static func consumer(
    of broker: ScriptedBroker, _ change: (inout ConsumerConfiguration) -> Void
  ) async throws -> Consumer<String, String> {
    var configuration = ConsumerConfiguration(bootstrapServers: [broker.address])
    configuration.retryBackoffMilliseconds = 5
    configuration.fetchMaxWaitMilliseconds = 5
    configuration.enableAutoCommit = false
    change(&configuration)
    let consumer = try Consumer(
      configuration, key: StringDeserializer(), value: StringDeserializer())
    try consumer.start()
    try await consumer.assign([partition])
    try await consumer.seekToBeginning([partition])
    return consumer
  }

  private static let partition = TopicPartition("t", 0)

  @Test("with a policy it goes on where the log is another")
  func goesOn() async throws {
    let log = CutLog()
    let broker = try ScriptedBroker { log.answer($0) }
    defer { broker.stop() }
    let consumer = try await Self.consumer(of: broker) { $0.autoOffsetReset = .latest }
    #expect(try await consumer.take(5).map(\.value) == (0..<5).map { "old \($0)" })
    log.isCut.store(true, ordering: .relaxed)
    let next = try await consumer.take(1)
    #expect(next.map(\.value) == ["new 2"])
    #expect(next.map(\.leaderEpoch) == [1])
    await consumer.close()
  }

  @Test("without one the program is told, and seeks")
  func isTold() async throws {
    let log = CutLog()
    let broker = try ScriptedBroker { log.answer($0) }
    defer { broker.stop() }
    let consumer = try await Self.consumer(of: broker) { $0.autoOffsetReset = .none }
    #expect(try await consumer.take(5).count == 5)
    log.isCut.store(true, ordering: .relaxed)
    let error = await #expect(throws: KafkaError.self) { try await consumer.take(1) }
    #expect(error?.exception == "org.apache.kafka.clients.consumer.LogTruncationException")
    #expect(error?.description.contains("its records end at offset 2") == true)
    try await consumer.seek(Self.partition, to: 2)
    #expect(try await consumer.take(1).map(\.value) == ["new 2"])
    await consumer.close()
  }
}
