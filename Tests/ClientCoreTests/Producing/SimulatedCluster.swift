import ActaModel
import BatchCodec
import Coordination
import KafkaWire

@testable import ClientCore

/// Brokers as a producer meets them: logs that judge batches by the broker's own rules, and a connection to each
/// broker, on which requests and answers are under way and get lost.
struct SimulatedCluster {
  struct Partition {
    var leader: Int32
    var values: [String] = []
    var producers: [Int64: ProducerRow] = [:]
  }

  /// What is under way between a producer and a broker; both ways keep their order.
  private struct Connection {
    var requests: [ProduceSender.Request] = []
    var answers: [(number: UInt64, response: ProduceResponse)] = []
  }

  /// Of partition 0 and so on.
  private(set) var partitions: [Partition]
  private var connections: [Int32: Connection] = [:]
  /// Requests of connections that the producer has given up, and that the broker reads all the same.
  private var stray: [[ProduceSender.Request]] = []
  private(set) var nextProducerID: Int64 = 100
  let nodes: [Int32]

  init(partitions: Int, nodes: [Int32]) {
    self.nodes = nodes
    self.partitions = (0..<partitions).map { Partition(leader: nodes[$0 % nodes.count]) }
  }

  var leaders: [Int32] { partitions.map(\.leader) }

  mutating func move(_ partition: Int, to node: Int32) { partitions[partition].leader = node }

  mutating func takeProducerID() -> Int64 {
    nextProducerID += 1
    return nextProducerID
  }

  // MARK: Connections

  mutating func send(_ request: ProduceSender.Request) {
    connections[request.node, default: Connection()].requests.append(request)
  }

  var busyNodes: [Int32] {
    nodes.filter { node in
      connections[node].map { !$0.requests.isEmpty || !$0.answers.isEmpty } ?? false
    }
  }

  /// The broker reads the next request.
  ///
  /// - Parameter refusal: Of a batch, before it is looked at; `nil` for none.
  mutating func work(on node: Int32, refusal: () -> Refusal?) {
    guard var connection = connections[node], !connection.requests.isEmpty else { return }
    let request = connection.requests.removeFirst()
    connection.answers.append((request.number, answer(request, refusal)))
    connections[node] = connection
  }

  mutating func takeAnswer(of node: Int32) -> (number: UInt64, response: ProduceResponse)? {
    guard let answers = connections[node]?.answers, !answers.isEmpty else { return nil }
    return connections[node]?.answers.removeFirst()
  }

  /// The connection is over. What the broker has not read is lost, or comes to it later.
  ///
  /// - Returns: Requests without an answer.
  mutating func cut(_ node: Int32, keepingRequests: Bool) -> [UInt64] {
    guard let connection = connections.removeValue(forKey: node) else { return [] }
    if keepingRequests, !connection.requests.isEmpty { stray.append(connection.requests) }
    return connection.answers.map(\.number) + connection.requests.map(\.number)
  }

  /// A broker reads what has come over a connection that is over.
  mutating func workOnStray(refusal: () -> Refusal?) {
    guard let first = stray.first?.first else { return }
    stray[0].removeFirst()
    if stray[0].isEmpty { stray.removeFirst() }
    _ = answer(first, refusal)
  }

  // MARK: The brokers' rules

  enum Refusal {
    case before(ErrorCode)
    /// It is stored, and the answer says it may not last.
    case after(ErrorCode)
  }

  private mutating func answer(
    _ request: ProduceSender.Request, _ refusal: () -> Refusal?
  ) -> ProduceResponse {
    var response = ProduceResponse()
    for batch in request.batches {
      var topic = ProduceResponse.Topic()
      topic.name = batch.partition.topic
      topic.partitionResponses = [append(batch, by: request.node, refusal())]
      response.responses.append(topic)
    }
    return response
  }

  private mutating func append(
    _ batch: SealedBatch, by node: Int32, _ refusal: Refusal?
  ) -> ProduceResponse.Partition {
    var answer = ProduceResponse.Partition()
    answer.index = batch.partition.partition
    answer.baseOffset = -1
    let number = Int(batch.partition.partition)
    guard partitions[number].leader == node else {
      answer.errorCode = .notLeaderOrFollower
      return answer
    }
    if case .before(let code)? = refusal {
      answer.errorCode = code
      return answer
    }
    let header = batch.header
    let known = partitions[number].producers[header.producerID]
    let verdict =
      header.producerID < 0
      ? .accept
      : ProducerRow.judge(
        known, epoch: header.producerEpoch, firstSequence: header.baseSequence,
        lastSequence: header.lastSequence)
    switch verdict {
    case .accept: answer.baseOffset = store(batch, known)
    case .duplicate(let offset, _): answer.baseOffset = offset.value
    case .staleEpoch: answer.errorCode = .invalidProducerEpoch
    case .outOfOrder: answer.errorCode = .outOfOrderSequenceNumber
    case .transactionIsOpen: answer.errorCode = .invalidTxnState
    }
    if case .after(let code)? = refusal, answer.errorCode == .none { answer.errorCode = code }
    return answer
  }

  private mutating func store(_ batch: SealedBatch, _ known: ProducerRow?) -> Int64 {
    let (number, header) = (Int(batch.partition.partition), batch.header)
    let first = Int64(partitions[number].values.count)
    partitions[number].values += batch.records.map {
      String(decoding: $0.value ?? [], as: UTF8.self)
    }
    guard header.producerID >= 0 else { return first }
    let row = ProducerRow.Batch(
      firstSequence: header.baseSequence, lastSequence: header.lastSequence,
      baseOffset: Offset(first), lastOffset: Offset(first + Int64(header.lastOffsetDelta)),
      timestamp: 0)
    partitions[number].producers[header.producerID] = ProducerRow.appending(
      row, epoch: header.producerEpoch, to: known)
    return first
  }
}
