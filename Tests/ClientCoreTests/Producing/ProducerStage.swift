import ActaModel
import BatchCodec
import Bytes
import Coordination
import KafkaWire
import Synchronization

@testable import ClientCore

/// A producer without sockets: buffer and sender, a picture of the cluster, and a clock that the test moves. It says
/// in words what is sent and what callers are told.
struct ProducerStage {
  private(set) var settings = ProducerSettings()
  var accumulator: RecordAccumulator
  var sender: ProduceSender
  var view = ClusterView()
  private(set) var now = Instant(milliseconds: 1_000_000)
  /// Brokers that take requests.
  var ready: Set<Int32> = [0, 1]
  private(set) var leaderless: Set<String> = []
  private(set) var outdated: Set<String> = []
  private var sent: [UInt64: ProduceSender.Request] = [:]
  let told = Told()

  /// With two brokers, which lead the even and the odd partitions of topic `t`, and no pause between attempts.
  init(
    choice: PartitionChoice = .standard, partitions: Int32 = 2,
    _ configure: (inout ProducerSettings) -> Void = { _ in }
  ) {
    settings.lingerMilliseconds = 0
    settings.retryBackoff = Backoff(firstMilliseconds: 0, lastMilliseconds: 0)
    configure(&settings)
    accumulator = RecordAccumulator(settings, choice: choice, seed: 1)
    sender = ProduceSender(settings, seed: 1)
    lead((0..<partitions).map { $0 % 2 })
    if settings.enableIdempotence { claim(7) }
  }

  /// Who leads the partitions of `t`; -1 is nobody.
  mutating func lead(_ leaders: [Int32], nodes: [Int32] = [0, 1]) {
    view = ClusterView(leaders: ["t": leaders], nodes: nodes)
    accumulator.setPartitionCount(leaders.count, of: "t")
  }

  mutating func claim(_ id: Int64, epoch: Int16 = 0) {
    sender.take(ProducerClaim(id: ProducerID(id), epoch: epoch))
  }

  // MARK: The caller's side

  /// Sends a value, which is also what it is called in words.
  @discardableResult
  mutating func put(
    _ value: String, to partition: Int32? = 0, key: String? = nil
  ) throws(ClientFailure) -> RecordAccumulator.Answer {
    let (key, bytes, told) = (key.map { Array($0.utf8) }, Array(value.utf8), told)
    let now = now
    return try Self.lend(key) { key throws(ClientFailure) in
      try Self.lend(bytes) { bytes throws(ClientFailure) in
        try accumulator.append(
          OutgoingRecord(timestamp: now.milliseconds, key: key, value: bytes), to: "t",
          partition: partition, at: now, { told.note(value, $0) })
      }
    }
  }

  private static func lend<R>(
    _ bytes: [UInt8]?, _ body: (UnsafeRawBufferPointer?) throws(ClientFailure) -> R
  ) throws(ClientFailure) -> R {
    guard let bytes else { return try body(nil) }
    return try bytes.withUnsafeBufferPointer { bytes throws(ClientFailure) in
      try body(UnsafeRawBufferPointer(bytes))
    }
  }

  // MARK: The sender's side

  mutating func pass(_ milliseconds: Int64) { now = now + milliseconds }

  /// What the client's thread does when something has happened.
  mutating func pump(isFlushing: Bool = false) -> [ProduceSender.Request] {
    var requests: [ProduceSender.Request] = []
    while true {
      let more = pumpOnce(isFlushing)
      if more.isEmpty { return requests }
      requests += more
    }
  }

  private mutating func pumpOnce(_ isFlushing: Bool) -> [ProduceSender.Request] {
    accumulator.noteSenderAwake()
    for batch in accumulator.takeOlder(than: now + -settings.deliveryTimeoutMilliseconds) {
      sender.expire(batch, because: nil)
    }
    sender.expire(at: now)
    let due = accumulator.due(at: now, isFlushing: isFlushing)
    let (requests, leaderless) = sender.requests(
      at: now, due: due.partitions, view: view, isReady: { [ready] in ready.contains($0) },
      take: { accumulator.take($0) })
    self.leaderless = leaderless
    for request in requests { sent[request.number] = request }
    release()
    return requests
  }

  private mutating func release() {
    for batch in sender.takeSettled() { accumulator.release(batch) }
  }

  /// The same in words: `1 to 0: t-0(a b) 7.0@0` is request 1 to node 0 with values a and b for partition 0, sent
  /// by producer 7 in its epoch 0, from sequence 0 on.
  mutating func send(isFlushing: Bool = false) -> [String] {
    pump(isFlushing: isFlushing).map { request in
      let batches = request.batches.map { Self.words($0) }
      return "\(request.number) to \(request.node): \(batches.joined(separator: " "))"
    }
  }

  private static func words(_ batch: SealedBatch) -> String {
    let values = batch.records.map { String(decoding: $0.value ?? [], as: UTF8.self) }
    let header = batch.header
    let claim =
      header.producerID < 0
      ? "" : " \(header.producerID).\(header.producerEpoch)@\(header.baseSequence)"
    return "\(batch.partition)(\(values.joined(separator: " ")))\(claim)"
  }

  /// Has a broker answer: with one code for all batches of a request, or one each.
  ///
  /// - Returns: What callers are told.
  mutating func answer(
    _ number: UInt64, _ codes: ErrorCode..., offset: Int64 = -1, logAppendTime: Int64 = -1
  ) -> [String] {
    guard let request = sent[number] else { return ["there is no request \(number)"] }
    var response = ProduceResponse()
    for (index, batch) in request.batches.enumerated() {
      var partition = ProduceResponse.Partition()
      partition.index = batch.partition.partition
      partition.errorCode = codes.isEmpty ? .none : codes[min(index, codes.count - 1)]
      partition.baseOffset = offset
      partition.logAppendTimeMilliseconds = logAppendTime
      var topic = ProduceResponse.Topic()
      topic.name = batch.partition.topic
      topic.partitionResponses = [partition]
      response.responses.append(topic)
    }
    return take(number, .success(response))
  }

  mutating func lose(
    _ number: UInt64, _ reason: ClientFailure.Reason = .disconnected
  ) -> [String] {
    take(number, .failure(ClientFailure(reason, "127.0.0.1:9092 is away")))
  }

  mutating func take(
    _ number: UInt64, _ answer: Result<ProduceResponse, ClientFailure>
  ) -> [String] {
    outdated = sender.answered(number, answer, names: [:], at: now)
    release()
    return told.take()
  }

  /// A request that nobody answers has left.
  mutating func left(_ number: UInt64) -> [String] {
    sender.sent(number)
    release()
    return told.take()
  }
}

extension SealedBatch {
  var records: [DecodedRecord] {
    let bytes = slice.withUnsafeBytes { Array($0) }
    return (try? DecodedRecord.decode(batch: bytes)) ?? []
  }
}

/// What callers were told.
final class Told: Sendable {
  private let state = Mutex<[String]>([])

  func note(_ value: String, _ result: Result<AppendedRecord, ClientFailure>) {
    let words =
      switch result {
      case .success(let record): "\(value) at \(record.offset)"
      case .failure(let failure): "\(value): \(failure.sentence)"
      }
    state.withLock { $0.append(words) }
  }

  func take() -> [String] {
    state.withLock { state in
      defer { state = [] }
      return state
    }
  }
}

extension ClusterView {
  /// Who leads the partitions of topics; -1 is nobody.
  init(leaders: [String: [Int32]], nodes: [Int32], epoch: Int32 = 0) {
    self.init()
    var answer = MetadataResponse()
    answer.brokers = nodes.map { id in
      var broker = MetadataResponse.Broker()
      broker.nodeID = id
      broker.host = "127.0.0.1"
      broker.port = 9_092 + id
      return broker
    }
    for (name, leaders) in leaders {
      var topic = MetadataResponse.Topic()
      topic.name = name
      topic.partitions = leaders.enumerated().map { number, leader in
        var partition = MetadataResponse.Partition()
        partition.partitionIndex = Int32(number)
        partition.leaderID = leader
        partition.leaderEpoch = epoch
        return partition
      }
      answer.topics.append(topic)
    }
    apply(answer, namesAll: true)
  }
}
