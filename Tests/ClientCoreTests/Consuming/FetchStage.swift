import ActaModel
import BatchCodec
import Coordination
import KafkaWire

@testable import ClientCore

/// A consumer's fetches without sockets: a clock that the test moves, and in words what is fetched and what comes of
/// it.
struct FetchStage {
  var fetcher: Fetcher
  var view = ClusterView()
  private(set) var now = Instant(milliseconds: 1_000_000)
  /// Where it is not said, there is room.
  var room: [TopicPartition: Int] = [:]
  private(set) var leaderless: Set<String> = []
  private(set) var outdated: Set<String> = []
  private var plans: [Int32: Fetcher.Plan] = [:]

  /// With two brokers, which lead the even and the odd partitions of topic `t`.
  init(partitions: Int32 = 2, _ configure: (inout ConsumerSettings) -> Void) {
    var settings = ConsumerSettings()
    configure(&settings)
    fetcher = Fetcher(settings, seed: 1)
    fetcher.assign(Set((0..<partitions).map { TopicPartition("t", $0) }))
    lead((0..<partitions).map { $0 % 2 })
  }

  mutating func lead(_ leaders: [Int32], epoch: Int32 = 0) {
    view = ClusterView(leaders: ["t": leaders], nodes: [0, 1], epoch: epoch)
  }

  /// `t-0@5 of 1, 2 at 0`: node 0, whose epoch is 2, is asked about offset 5, of epoch 1.
  mutating func checks() -> [String] {
    let checks = fetcher.takeUnchecked(at: now, view: view)
    asked += checks
    return checks.map { check in
      "\(check.question.partition)@\(check.offset) of \(check.positionEpoch), \(check.leaderEpoch)"
        + " at \(check.node)"
    }
  }

  /// Where the epoch that was asked about ends; `nil`: nowhere.
  mutating func end(_ offset: Int64?, epoch: Int32 = 1, delivered: Int64?) -> ClientFailure? {
    fetcher.checked(
      asked.removeFirst(), end: offset.map { ($0, epoch) }, delivered: delivered)
  }

  private(set) var asked: [Fetcher.EpochCheck] = []

  func partition(_ number: Int32) -> TopicPartition { TopicPartition("t", number) }

  func position(_ number: Int32) -> Fetcher.Position? { fetcher.position(of: partition(number)) }

  mutating func seek(_ number: Int32, to offset: Int64) {
    fetcher.move(partition(number), to: .at(offset, leaderEpoch: -1))
  }

  mutating func pass(_ milliseconds: Int64) { now = now + milliseconds }

  /// `to 1: t-1@0 t-3@5` is a fetch from node 1 of two partitions, from these offsets on.
  mutating func send() -> [String] {
    let (plans, leaderless) = fetcher.plans(
      at: now, view: view, isReady: { _ in true }, room: { [room] in room[$0] ?? 1_000 })
    self.leaderless = leaderless
    for plan in plans { self.plans[plan.node] = plan }
    return plans.sorted { $0.node < $1.node }.map { plan in
      let parts = plan.parts.map { "\($0.partition)@\($0.offset)" }.sorted()
      return "to \(plan.node): \(parts.joined(separator: " "))"
    }
  }

  /// What is fetched from a broker now.
  mutating func plan(_ node: Int32) -> Fetcher.Plan? {
    _ = send()
    return plans[node]
  }

  /// - Parameter bytes: By partition.
  mutating func answer(_ node: Int32, _ bytes: [Int32: [UInt8]]) -> [String] {
    var response = FetchResponse()
    var topic = FetchResponse.Topic()
    topic.topic = "t"
    topic.partitions = bytes.sorted { $0.key < $1.key }.map { number, bytes in
      var partition = FetchResponse.Partition()
      partition.partitionIndex = number
      partition.records = RecordChunks([bytes])
      return partition
    }
    response.responses = [topic]
    return take(node, response)
  }

  mutating func refuse(_ node: Int32, _ number: Int32, _ code: ErrorCode) -> [String] {
    var partition = FetchResponse.Partition()
    partition.partitionIndex = number
    partition.errorCode = code
    var topic = FetchResponse.Topic()
    topic.topic = "t"
    topic.partitions = [partition]
    var response = FetchResponse()
    response.responses = [topic]
    return take(node, response)
  }

  private mutating func take(_ node: Int32, _ response: FetchResponse) -> [String] {
    guard let plan = plans.removeValue(forKey: node) else { return ["nothing was fetched"] }
    return told(fetcher.answered(plan, response, names: [:], at: now))
  }

  mutating func lose(
    _ node: Int32, _ reason: ClientFailure.Reason = .disconnected
  ) -> [String] {
    guard let plan = plans.removeValue(forKey: node) else { return ["nothing was fetched"] }
    return told(fetcher.failed(plan, ClientFailure(reason, "as the test wants"), at: now))
  }

  /// `t-0: 2 from 5` are two records of partition 0, from offset 5 on.
  private mutating func told(_ result: Fetcher.Result) -> [String] {
    outdated = result.outdated
    return result.chunks.map { chunk in
      var reader = ChunkReader(chunk, checksCRC: true)
      var count = 0
      do {
        _ = try reader.read(atMost: 100) { _ in count += 1 }
      } catch {
        return "\(chunk.partition): \(chunk.bytes.count) bytes from \(chunk.fetchOffset)"
      }
      return "\(chunk.partition): \(count) from \(chunk.fetchOffset)"
    } + result.failures.map(\.sentence)
  }
}
