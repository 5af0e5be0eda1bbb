import ActaModel
import BatchCodec
import Coordination
import KafkaWire
import Testing

@testable import ClientCore

@Suite("What a producer sends next") struct ProduceSenderTests {
  /// Each value is a batch of its own.
  static func stage(
    _ configure: (inout ProducerSettings) -> Void = { _ in }
  ) -> ProducerStage {
    ProducerStage {
      $0.batchSize = 1
      configure(&$0)
    }
  }

  /// One whose first batch the broker has.
  static func acquainted(
    _ configure: (inout ProducerSettings) -> Void = { _ in }
  ) throws -> ProducerStage {
    var stage = stage(configure)
    try stage.put("first")
    #expect(stage.send() == ["1 to 0: t-0(first) 7.0@0"])
    #expect(stage.answer(1, offset: 0) == ["first at 0"])
    return stage
  }

  @Test(
    "records of one batch are told their own offsets, and the broker's time where it keeps that")
  func offsets() throws {
    var stage = ProducerStage()
    for value in ["a", "b", "c"] { try stage.put(value) }
    #expect(stage.send() == ["1 to 0: t-0(a b c) 7.0@0"])
    #expect(stage.answer(1, offset: 40) == ["a at 40", "b at 41", "c at 42"])
    #expect(stage.sender.isIdle)
    #expect(stage.accumulator.usedBytes == 0)
  }

  @Test("nothing is sent without a producer id, and what waits goes on filling")
  func waitsForID() throws {
    var stage = ProducerStage()
    stage.sender = ProduceSender(stage.settings, seed: 1)
    try stage.put("a")
    #expect(stage.send() == [])
    #expect(stage.sender.needsProducerID)
    try stage.put("b")
    stage.claim(9, epoch: 3)
    #expect(stage.send() == ["1 to 0: t-0(a b) 9.3@0"])
  }

  @Test("before the broker has taken a first batch only one is under way: it takes any sequence")
  func acquaintance() throws {
    var stage = Self.stage()
    for value in ["a", "b", "c"] { try stage.put(value) }
    #expect(stage.send() == ["1 to 0: t-0(a) 7.0@0"])
    #expect(stage.send() == [])
    #expect(stage.answer(1, .notEnoughReplicas) == [])
    #expect(stage.send() == ["2 to 0: t-0(a) 7.0@0"])
    #expect(stage.answer(2, offset: 0) == ["a at 0"])
    #expect(stage.send() == ["3 to 0: t-0(b) 7.0@1", "4 to 0: t-0(c) 7.0@2"])
  }

  @Test(
    "five batches of a partition are under way with idempotence, whatever the connection may have")
  func inFlight() throws {
    var stage = try Self.acquainted { $0.maxInFlightRequestsPerConnection = 5 }
    for number in 0..<9 { try stage.put("\(number)") }
    #expect(stage.send().count == 5)
    #expect(stage.send() == [])
    _ = stage.answer(2, offset: 1)
    #expect(stage.send() == ["7 to 0: t-0(5) 7.0@6"])
  }

  @Test("max.in.flight holds for a connection, over all partitions")
  func perConnection() throws {
    var stage = ProducerStage(partitions: 6) {
      $0.maxInFlightRequestsPerConnection = 2
      $0.enableIdempotence = false
      $0.batchSize = 1
      $0.maxRequestSize = 1_000
    }
    for partition: Int32 in [0, 2, 4] {
      for number in 0..<3 { try stage.put("\(partition)\(number)", to: partition) }
    }
    #expect(
      stage.send() == ["1 to 0: t-0(00) t-2(20) t-4(40)", "2 to 0: t-0(01) t-2(21) t-4(41)"])
    #expect(stage.send() == [])
    _ = stage.answer(1, offset: 0)
    #expect(stage.send() == ["3 to 0: t-0(02) t-2(22) t-4(42)"])
  }

  @Test("a request is no larger than max.request.size, apart from one large record")
  func requestSize() throws {
    var stage = ProducerStage(partitions: 8) {
      $0.batchSize = 300
      $0.maxRequestSize = 700
    }
    let value = String(repeating: "x", count: 150)
    for partition: Int32 in [0, 2, 4, 6] { try stage.put(value, to: partition) }
    let requests = stage.pump()
    #expect(requests.map(\.batches.count) == [2, 2])
    for request in requests { #expect(request.batches.reduce(0) { $0 + $1.size } <= 700) }
  }

  @Test("a lost answer is asked for again with the same sequence, and a duplicate counts as stored")
  func lostAnswer() throws {
    var stage = try Self.acquainted()
    try stage.put("a")
    _ = stage.send()
    #expect(stage.lose(2) == [])
    #expect(stage.outdated == ["t"])
    #expect(stage.send() == ["3 to 0: t-0(a) 7.0@1"])
    #expect(stage.answer(3, .duplicateSequenceNumber) == ["a at -1"])
  }

  @Test("what failed goes alone and before what follows it")
  func retryOrder() throws {
    var stage = try Self.acquainted()
    for value in ["a", "b", "c"] { try stage.put(value) }
    #expect(
      stage.send() == [
        "2 to 0: t-0(a) 7.0@1", "3 to 0: t-0(b) 7.0@2", "4 to 0: t-0(c) 7.0@3",
      ])
    try stage.put("d")
    #expect(stage.answer(2, .notLeaderOrFollower) == [])
    #expect(stage.outdated == ["t"])
    // The others are still under way, and will be refused.
    #expect(stage.send() == [])
    #expect(stage.answer(4, .outOfOrderSequenceNumber) == [])
    #expect(stage.answer(3, .outOfOrderSequenceNumber) == [])
    stage.lead([1, 1])
    #expect(stage.send() == ["5 to 1: t-0(a) 7.0@1"])
    #expect(stage.answer(5, offset: 1) == ["a at 1"])
    #expect(stage.send() == ["6 to 1: t-0(b) 7.0@2"])
    #expect(stage.answer(6, offset: 2) == ["b at 2"])
    #expect(stage.send() == ["7 to 1: t-0(c) 7.0@3"])
    #expect(stage.answer(7, offset: 3) == ["c at 3"])
    #expect(stage.send() == ["8 to 1: t-0(d) 7.0@4"])
  }

  @Test("behind a batch that was given up the sequences begin anew, in another epoch")
  func gap() throws {
    var stage = try Self.acquainted()
    try stage.put("a")
    try stage.put("b")
    _ = stage.send()
    let told = stage.answer(2, .messageTooLarge)
    #expect(told.count == 1)
    #expect(told.first?.hasPrefix("a: t-0: ") == true)
    #expect(stage.answer(3, .outOfOrderSequenceNumber) == [])
    #expect(stage.send() == ["4 to 0: t-0(b) 7.1@0"])
    #expect(stage.answer(4, offset: 1) == ["b at 1"])
    try stage.put("c")
    #expect(stage.send() == ["5 to 0: t-0(c) 7.1@1"])
    // Another partition knows nothing of it.
    try stage.put("d", to: 1)
    #expect(stage.send() == ["6 to 1: t-1(d) 7.0@0"])
  }

  @Test("when the epochs have run out there is another id before anything is sent")
  func epochsRunOut() throws {
    var stage = ProducerStage { $0.batchSize = 1 }
    stage.sender = ProduceSender(stage.settings, seed: 1)
    stage.claim(7, epoch: .max)
    try stage.put("a")
    #expect(stage.send() == ["1 to 0: t-0(a) 7.32767@0"])
    #expect(stage.answer(1, .outOfOrderSequenceNumber) == [])
    #expect(stage.sender.needsProducerID)
    #expect(stage.send() == [])
    stage.claim(8)
    // It is refused once more under the old id, whose sequences it has.
    #expect(stage.send() == ["2 to 0: t-0(a) 7.32767@0"])
    #expect(stage.answer(2, .outOfOrderSequenceNumber) == [])
    #expect(stage.send() == ["3 to 0: t-0(a) 8.0@0"])
    #expect(stage.answer(3, offset: 0) == ["a at 0"])
  }

  @Test("a broker that refuses without end is asked with pauses, until the time is up")
  func endlessRefusal() throws {
    var stage = Self.stage {
      $0.retryBackoff = Backoff(firstMilliseconds: 100, lastMilliseconds: 100)
      $0.deliveryTimeoutMilliseconds = 1_000
    }
    try stage.put("a")
    var attempts = 0
    var told: [String] = []
    while told.isEmpty, attempts < 1_000 {
      for request in stage.pump() {
        attempts += 1
        told += stage.answer(request.number, .outOfOrderSequenceNumber)
      }
      stage.pass(10)
      told += stage.told.take()
    }
    #expect((5...20).contains(attempts))
    #expect(told.first?.contains("delivery.timeout.ms") == true)
    #expect(stage.accumulator.usedBytes == 0)
  }

  @Test("retries end after so many, and when the time is up, with the last failure")
  func retriesEnd() throws {
    var stage = Self.stage {
      $0.retries = 2
      $0.enableIdempotence = false
    }
    try stage.put("a")
    for number: UInt64 in 1...2 {
      #expect(stage.send() == ["\(number) to 0: t-0(a)"])
      #expect(stage.lose(number) == [])
    }
    #expect(stage.send() == ["3 to 0: t-0(a)"])
    #expect(stage.lose(3) == ["a: 127.0.0.1:9092 is away"])
    #expect(stage.sender.isIdle)
  }

  @Test("delivery.timeout.ms runs from the call, whether it was sent or not")
  func deliveryTimeout() throws {
    var stage = Self.stage { $0.deliveryTimeoutMilliseconds = 1_000 }
    stage.ready = []
    try stage.put("never sent")
    stage.pass(1_000)
    #expect(stage.send() == [])
    #expect(stage.told.take() == [])
    stage.pass(1)
    #expect(stage.send() == [])
    #expect(
      stage.told.take() == [
        "never sent: t-0: not acknowledged within 1000 ms (delivery.timeout.ms)."
      ])
    stage.ready = [0]
    try stage.put("lost")
    #expect(stage.send() == ["1 to 0: t-0(lost) 7.0@0"])
    stage.pass(1_001)
    // Under way, so its fate is not known; it is told of when it returns.
    #expect(stage.send() == [])
    #expect(stage.told.take() == [])
    #expect(stage.lose(1) == ["lost: 127.0.0.1:9092 is away"])
    #expect(stage.accumulator.usedBytes == 0)
  }

  @Test("what is to be sent again is given up when its time comes, and what waits is told of")
  func expiryBetweenAttempts() throws {
    var stage = Self.stage {
      $0.deliveryTimeoutMilliseconds = 1_000
      $0.retryBackoff = Backoff(firstMilliseconds: 5_000, lastMilliseconds: 5_000)
    }
    try stage.put("a")
    _ = stage.send()
    #expect(stage.lose(1) == [])
    #expect(stage.sender.nextDeadline == stage.now + Int64(1_001))
    stage.pass(1_001)
    #expect(stage.send() == [])
    #expect(
      stage.told.take() == [
        "a: t-0: not acknowledged within 1000 ms (delivery.timeout.ms): 127.0.0.1:9092 is away"
      ])
    #expect(stage.sender.nextDeadline == nil)
    try stage.put("b")
    #expect(stage.send() == ["2 to 0: t-0(b) 7.0@1"])
  }

  @Test("a batch that a topic finds too large goes in halves, in order and each record once")
  func tooLarge() throws {
    var stage = try Self.acquainted {
      $0.compression = .gzip
      $0.batchSize = 10_000
    }
    for value in ["b", "c", "d", "e", "f"] { try stage.put(value) }
    #expect(stage.send() == ["2 to 0: t-0(b c d e f) 7.0@1"])
    try stage.put("g")
    #expect(stage.send() == ["3 to 0: t-0(g) 7.0@6"])
    #expect(stage.answer(2, .messageTooLarge) == [])
    // The broker misses those before it.
    #expect(stage.answer(3, .outOfOrderSequenceNumber) == [])
    #expect(stage.send() == ["4 to 0: t-0(b c) 7.0@1"])
    #expect(stage.answer(4, .messageTooLarge) == [])
    #expect(stage.send() == ["5 to 0: t-0(b) 7.0@1"])
    #expect(stage.answer(5, offset: 1).map { $0.prefix(1) } == ["b"])
    #expect(stage.send() == ["6 to 0: t-0(c) 7.0@2"])
    // By itself it is too large.
    #expect(stage.answer(6, .messageTooLarge).map { $0.prefix(1) } == ["c"])
    #expect(stage.accumulator.unsettled.count == 2)
    #expect(stage.send() == ["7 to 0: t-0(d e f) 7.0@3"])
    // Of the one that was given up the sequence is missed.
    #expect(stage.answer(7, .outOfOrderSequenceNumber) == [])
    #expect(stage.send() == ["8 to 0: t-0(d e f) 7.1@0"])
    #expect(stage.answer(8, offset: 2).map { $0.prefix(1) } == ["d", "e", "f"])
    #expect(stage.accumulator.unsettled.count == 1)
    #expect(stage.send() == ["9 to 0: t-0(g) 7.1@3"])
    #expect(stage.answer(9, offset: 5).map { $0.prefix(1) } == ["g"])
    #expect(stage.accumulator.unsettled.isEmpty)
    #expect(stage.accumulator.usedBytes == 0)
  }

  @Test("with acks=0 what has left is done with")
  func unasked() throws {
    var stage = ProducerStage {
      $0.acks = 0
      $0.enableIdempotence = false
    }
    try stage.put("a")
    let requests = stage.pump()
    #expect(requests.map(\.isAnswered) == [false])
    #expect(stage.left(1) == ["a at -1"])
    #expect(stage.accumulator.usedBytes == 0)
  }

  @Test("one request at a time keeps the order without idempotence, even of batches of one moment")
  func orderWithoutIdempotence() throws {
    var stage = Self.stage {
      $0.enableIdempotence = false
      $0.maxInFlightRequestsPerConnection = 1
    }
    for value in ["a", "b", "c"] { try stage.put(value) }
    #expect(stage.send() == ["1 to 0: t-0(a)"])
    #expect(stage.lose(1) == [])
    #expect(stage.send() == ["2 to 0: t-0(a)"])
    _ = stage.answer(2, offset: 0)
    #expect(stage.send() == ["3 to 0: t-0(b)"])
  }

  @Test("several that failed are sent again in their order, whichever answer comes first")
  func orderOfFailures() throws {
    var stage = Self.stage {
      $0.enableIdempotence = false
      $0.maxInFlightRequestsPerConnection = 3
    }
    for value in ["a", "b", "c"] { try stage.put(value) }
    #expect(stage.send().count == 3)
    for number: UInt64 in [2, 3, 1] { _ = stage.lose(number) }
    var order: [String] = []
    for number: UInt64 in 4...6 {
      order += stage.send()
      _ = stage.answer(number, offset: 0)
    }
    #expect(order == ["4 to 0: t-0(a)", "5 to 0: t-0(b)", "6 to 0: t-0(c)"])
  }

  @Test("partitions that nobody leads are named, also where the leader is no broker of the cluster")
  func leaderless() throws {
    var stage = ProducerStage()
    stage.lead([-1, 5])
    try stage.put("a")
    try stage.put("b", to: 1)
    #expect(stage.send() == [])
    #expect(stage.leaderless == ["t"])
    stage.lead([0, 5], nodes: [0, 5])
    stage.ready = [0, 5]
    #expect(stage.send() == ["1 to 0: t-0(a) 7.0@0", "2 to 5: t-1(b) 7.0@0"])
  }

  @Test("an answer that leaves a batch out, or speaks of others, settles it as not understood")
  func nonsense() throws {
    var stage = ProducerStage()
    try stage.put("a")
    _ = stage.send()
    var response = ProduceResponse()
    var topic = ProduceResponse.Topic()
    topic.name = "other"
    topic.partitionResponses = [ProduceResponse.Partition()]
    response.responses = [topic]
    #expect(stage.take(1, .success(response)) == ["a: The broker's answer says nothing of t-0."])
    // One that comes twice is not known any more.
    #expect(stage.answer(1) == [])
    #expect(stage.sender.isIdle)
  }

  @Test("at the end everything is told, under way or not, once")
  func abandoning() throws {
    var stage = try Self.acquainted()
    for value in ["a", "b"] { try stage.put(value) }
    _ = stage.send()
    _ = stage.lose(2)
    try stage.put("c")
    stage.sender.abandon(stage.accumulator.takeAll(), ClientFailure(.closed, "closed"))
    for batch in stage.sender.takeSettled() { stage.accumulator.release(batch) }
    #expect(stage.told.take().sorted() == ["a: closed", "b: closed", "c: closed"])
    #expect(stage.accumulator.usedBytes == 0)
    #expect(stage.answer(3, offset: 5) == [])
  }
}
