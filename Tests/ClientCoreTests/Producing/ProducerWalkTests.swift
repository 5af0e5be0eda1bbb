import ActaModel
import Coordination
import Synchronization
import Testing

@testable import ClientCore

@Suite("A producer among brokers that fail") struct ProducerWalkTests {
  @Test(
    "with idempotence nothing is stored twice, nothing out of order, and each caller is told the truth once",
    arguments: 0..<150)
  func idempotent(seed: Int) throws {
    var walk = ProducerWalk(seed: UInt64(seed), among: .losses) { _ in }
    try walk.run(1_000)
    walk.checkTold()
    walk.checkStored()
  }

  @Test(
    "the same where a broker reads requests late, of connections that were given up, as long as no record is",
    arguments: 0..<60)
  func stray(seed: Int) throws {
    var walk = ProducerWalk(seed: UInt64(seed), among: .strayRequests) {
      $0.deliveryTimeoutMilliseconds = 1 << 40
    }
    try walk.run(1_000)
    walk.checkTold()
    walk.checkStored()
  }

  @Test(
    "without idempotence nothing is lost that was told as stored, and each caller is told once",
    arguments: 0..<50)
  func plain(seed: Int) throws {
    var walk = ProducerWalk(seed: UInt64(seed), among: .losses) { $0.enableIdempotence = false }
    try walk.run(1_000)
    walk.checkTold()
  }
}

/// One producer, one topic, three brokers, and what can go wrong between them.
struct ProducerWalk {
  /// What happens to requests that are under way when a connection ends. A record that was given up while the broker
  /// had yet to read its request may be stored after all, behind others, and no producer can do anything about it: so
  /// either nothing is read late, or nothing is given up.
  enum Weather {
    /// They are lost, or read at once, and their answers are lost.
    case losses
    /// They may also be read later than what is sent over the next connection.
    case strayRequests
  }

  private let weather: Weather
  private var random: SplitMix
  private let seed: UInt64
  private var stage: ProducerStage
  private var cluster = SimulatedCluster(partitions: 3, nodes: [0, 1, 2])
  private let outcomes = Outcomes()
  private var counts = [Int](repeating: 0, count: 3)
  private var isStormy = true

  init(seed: UInt64, among weather: Weather, _ configure: (inout ProducerSettings) -> Void) {
    var random = SplitMix(state: seed)
    self.seed = seed
    self.weather = weather
    let (timeout, inFlight, batchSize) = (
      Int64.random(in: 500...5_000, using: &random), Int.random(in: 1...5, using: &random),
      Int.random(in: 1...300, using: &random)
    )
    stage = ProducerStage(partitions: 3) {
      $0.deliveryTimeoutMilliseconds = timeout
      $0.maxInFlightRequestsPerConnection = inFlight
      $0.batchSize = batchSize
      $0.retryBackoff = Backoff(firstMilliseconds: 10, lastMilliseconds: 200)
      configure(&$0)
    }
    stage.ready = [0, 1, 2]
    stage.sender = ProduceSender(stage.settings, seed: seed)
    self.random = random
    learn()
  }

  private mutating func roll(_ range: ClosedRange<Int>) -> Int {
    Int.random(in: range, using: &random)
  }

  // MARK: Steps

  mutating func run(_ steps: Int) throws {
    for _ in 0..<steps { try step() }
    isStormy = false
    learn()
    // Whatever is under way is told of, or given up, in bounded time.
    for _ in 0..<2_000 where !stage.accumulator.unsettled.isEmpty {
      stage.pass(10)
      pump()
      for node in cluster.busyNodes {
        work(on: node)
        answer(from: node)
      }
      learn()
    }
    #expect(stage.accumulator.unsettled.isEmpty, "seed \(seed)")
    #expect(stage.accumulator.usedBytes == 0, "seed \(seed)")
    #expect(stage.sender.isIdle, "seed \(seed)")
  }

  private mutating func step() throws {
    let node = cluster.nodes[roll(0...2)]
    switch roll(1...100) {
    case 1...25: try put()
    case 26...50: work(on: node)
    case 51...75: answer(from: node)
    case 76...77: lose(node)
    case 78...79: cluster.move(roll(0...2), to: node)
    case 80...82: learn()
    case 83...84: workOnStray()
    case 85: stage.pass(Int64(roll(0...1_000)))
    default: stage.pass(Int64(roll(0...30)))
    }
    pump()
  }

  private mutating func put() throws {
    let partition = roll(0...2)
    let number = counts[partition]
    counts[partition] += 1
    let bytes = Array("\(partition)-\(number)".utf8)
    let (outcomes, now) = (outcomes, stage.now)
    let value = "\(partition)-\(number)"
    _ = try bytes.withUnsafeBufferPointer { bytes throws(ClientFailure) in
      try stage.accumulator.append(
        OutgoingRecord(
          timestamp: now.milliseconds, key: nil, value: UnsafeRawBufferPointer(bytes)),
        to: "t", partition: Int32(partition), at: now, { outcomes.note(value, $0) })
    }
  }

  private mutating func pump() {
    if stage.sender.needsProducerID, !isStormy || roll(1...3) == 1 {
      // Now and then one whose epochs are soon used up.
      let isWornOut = weather == .losses && roll(1...3) == 1
      stage.claim(cluster.takeProducerID(), epoch: isWornOut ? .max - 1 : 0)
    }
    for request in stage.pump() { cluster.send(request) }
  }

  private mutating func work(on node: Int32) {
    let refusals = (0..<3).map { _ in refusal() }
    var left = refusals[...]
    cluster.work(on: node) { left.popFirst() ?? nil }
  }

  private mutating func workOnStray() { cluster.workOnStray { nil } }

  private mutating func refusal() -> SimulatedCluster.Refusal? {
    guard isStormy else { return nil }
    switch roll(1...30) {
    case 1: return .before(.notEnoughReplicas)
    case 2: return .before(.requestTimedOut)
    case 3: return .after(.notEnoughReplicasAfterAppend)
    case 4 where weather == .losses: return .before(.messageTooLarge)
    default: return nil
    }
  }

  private mutating func answer(from node: Int32) {
    guard let (number, response) = cluster.takeAnswer(of: node) else { return }
    _ = stage.take(number, .success(response))
    if !stage.outdated.isEmpty, roll(1...2) == 1 { learn() }
  }

  private mutating func lose(_ node: Int32) {
    if weather == .losses, roll(1...2) == 1 {
      for _ in 0..<roll(0...5) { work(on: node) }
    }
    for number in cluster.cut(node, keepingRequests: weather == .strayRequests && roll(1...2) == 1)
    {
      _ = stage.lose(number, roll(1...2) == 1 ? .timedOut : .disconnected)
    }
  }

  private mutating func learn() { stage.lead(cluster.leaders, nodes: cluster.nodes) }

  // MARK: What must hold

  /// Each caller was told once, and the truth: what is said to be stored is, and where it is said to be.
  func checkTold() {
    let told = outcomes.all
    for partition in 0..<3 {
      let stored = cluster.partitions[partition].values
      for number in 0..<counts[partition] {
        let value = "\(partition)-\(number)"
        guard let results = told[value], results.count == 1 else {
          Issue.record("seed \(seed): \(value) was told \(told[value]?.count ?? 0) times")
          continue
        }
        guard case .success(let record) = results[0] else { continue }
        let isThere =
          record.offset < 0
          ? stored.contains(value)
          : stored.indices.contains(Int(record.offset)) && stored[Int(record.offset)] == value
        #expect(isThere, "seed \(seed): \(value) at \(record.offset)")
      }
    }
    #expect(told.values.joined().contains { if case .success = $0 { true } else { false } })
  }

  /// No record twice, none before one that was sent before it.
  func checkStored() {
    for partition in cluster.partitions {
      let numbers = partition.values.compactMap {
        $0.split(separator: "-").last.flatMap { Int($0) }
      }
      for (one, next) in zip(numbers, numbers.dropFirst()) where one >= next {
        Issue.record("seed \(seed): \(next) is stored behind \(one)")
      }
    }
  }
}

/// What became of each record.
private final class Outcomes: Sendable {
  private let state = Mutex<[String: [Result<AppendedRecord, ClientFailure>]]>([:])

  var all: [String: [Result<AppendedRecord, ClientFailure>]] { state.withLock { $0 } }

  func note(_ value: String, _ result: Result<AppendedRecord, ClientFailure>) {
    state.withLock { $0[value, default: []].append(result) }
  }
}
