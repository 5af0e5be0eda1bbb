import BatchCodec
import Coordination
import Testing

@testable import ClientCore

@Suite("Where records wait to be sent") struct RecordAccumulatorTests {
  @Test(
    "a batch is due when it has waited for linger.ms, when it is full, or when somebody flushes")
  func lingering() throws {
    var stage = ProducerStage {
      $0.lingerMilliseconds = 5
      $0.batchSize = 200
    }
    #expect(try stage.put("a") == .appended(wakesSender: true))
    #expect(stage.send() == [])
    #expect(stage.accumulator.due(at: stage.now, isFlushing: false).next == stage.now + Int64(5))
    stage.pass(4)
    #expect(stage.send() == [])
    #expect(stage.send(isFlushing: true) == ["1 to 0: t-0(a) 7.0@0"])
    _ = stage.answer(1)
    try stage.put("b")
    stage.pass(5)
    #expect(stage.send() == ["2 to 0: t-0(b) 7.0@1"])
    _ = stage.answer(2)
    let long = String(repeating: "x", count: 100)
    try stage.put(long)
    #expect(stage.send() == [])
    // It does not fit behind the other one, which goes.
    #expect(try stage.put(long) == .appended(wakesSender: true))
    #expect(stage.send() == ["3 to 0: t-0(\(long)) 7.0@2"])
  }

  @Test("the sender is woken once for what it has not looked at")
  func waking() throws {
    var stage = ProducerStage()
    #expect(try stage.put("a") == .appended(wakesSender: true))
    #expect(try stage.put("b", to: 1) == .appended(wakesSender: false))
    _ = stage.send()
    #expect(try stage.put("c") == .appended(wakesSender: true))
  }

  @Test("a full buffer takes nothing until something is settled; what waits in it is due at once")
  func fullBuffer() throws {
    var stage = ProducerStage {
      $0.bufferMemory = 500
      $0.batchSize = 400
      $0.lingerMilliseconds = 1_000
    }
    let value = String(repeating: "x", count: 150)
    #expect(try stage.put(value) == .appended(wakesSender: true))
    #expect(try stage.put(value, to: 1) == .appended(wakesSender: false))
    #expect(try stage.put(value) == .full)
    #expect(stage.accumulator.usedBytes <= 500)
    #expect(stage.send().count == 2)
    #expect(try stage.put(value) == .full)
    _ = stage.answer(1)
    #expect(try stage.put(value) == .appended(wakesSender: true))
    _ = stage.answer(2)
    _ = stage.send(isFlushing: true)
    _ = stage.answer(3)
    #expect(stage.accumulator.usedBytes == 0)
    #expect(stage.accumulator.unsettled == [])
  }

  @Test("what could never be sent is refused at once, with the settings that say so")
  func tooLarge() throws {
    var stage = ProducerStage {
      $0.maxRequestSize = 300
      $0.bufferMemory = 10_000
    }
    let failure = #expect(throws: ClientFailure.self) {
      try stage.put(String(repeating: "x", count: 300))
    }
    #expect(failure?.reason == .recordTooLarge)
    #expect(failure?.sentence.contains("max.request.size") == true)
    #expect(try stage.put("a", to: 2) == .unknownPartition(2, count: 2))
    #expect(try stage.put("a", to: -1) == .unknownPartition(-1, count: 2))
    #expect(stage.accumulator.isEmpty)
    #expect(stage.accumulator.usedBytes == 0)
  }

  @Test("of a topic that is not known nothing is taken, and partitions that come later are used")
  func unknownTopic() throws {
    var accumulator = RecordAccumulator(ProducerSettings(), seed: 1)
    let record = OutgoingRecord(timestamp: 0, key: nil, value: nil)
    let now = Instant(milliseconds: 0)
    #expect(try accumulator.append(record, to: "u", partition: nil, at: now, nil) == .unknownTopic)
    accumulator.setPartitionCount(1, of: "u")
    #expect(
      try accumulator.append(record, to: "u", partition: 1, at: now, nil)
        == .unknownPartition(1, count: 1))
    accumulator.setPartitionCount(2, of: "u")
    #expect(
      try accumulator.append(record, to: "u", partition: 1, at: now, nil)
        == .appended(wakesSender: true))
  }

  @Test(
    "a topic that was made anew with fewer partitions is sent to those",
    arguments: [PartitionChoice.standard, .roundRobin], [nil, "k"])
  func shrunkTopic(_ choice: PartitionChoice, _ key: String?) throws {
    var accumulator = RecordAccumulator(ProducerSettings(), choice: choice, seed: 1)
    accumulator.setPartitionCount(6, of: "u")
    func append(_ count: Int, to partition: Int32? = nil) throws -> RecordAccumulator.Answer? {
      var answer: RecordAccumulator.Answer?
      for number in 0..<count {
        let key = key.map { Array("\($0)\(number)".utf8) }
        answer = try (key ?? []).withUnsafeBytes { bytes in
          try accumulator.append(
            OutgoingRecord(timestamp: 0, key: key == nil ? nil : bytes, value: nil), to: "u",
            partition: partition, at: Instant(milliseconds: 0), nil)
        }
      }
      return answer
    }
    func sent() -> Set<Int32> {
      let due = accumulator.due(at: Instant(milliseconds: 0), isFlushing: true).partitions
      return Set(due.compactMap { accumulator.take($0)?.partition.partition })
    }
    // One waits for a partition that will be gone.
    _ = try append(1, to: 5)
    accumulator.setPartitionCount(2, of: "u")
    #expect(try append(1, to: 5) == .unknownPartition(5, count: 2))
    #expect(sent() == [5])
    _ = try append(100)
    #expect(sent().isSubset(of: [0, 1]))
    accumulator.setPartitionCount(3, of: "u")
    _ = try append(1, to: 2)
    #expect(sent() == [2])
  }

  @Test("the oldest go first, whatever their partition")
  func order() throws {
    var stage = ProducerStage(partitions: 4)
    for partition: Int32 in [2, 0, 3, 1] { try stage.put("p\(partition)", to: partition) }
    #expect(
      stage.send() == [
        "1 to 0: t-2(p2) 7.0@0 t-0(p0) 7.0@0", "2 to 1: t-3(p3) 7.0@0 t-1(p1) 7.0@0",
      ])
  }

  /// vectors/partitioner.json has more, which BatchCodecTests holds the hash against.
  @Test(
    "a key's partition is Java's",
    arguments: [("", 12, 9), ("a", 3, 1), ("a", 6, 4), ("a", 12, 4), ("1234", 3, 0)])
  func keys(_ key: String, _ count: Int32, _ partition: Int32) throws {
    var stage = ProducerStage(partitions: count)
    try stage.put("v", to: nil, key: key)
    let sent = stage.pump().flatMap(\.batches).map(\.partition.partition)
    #expect(sent == [partition])
  }

  @Test("records without a key stay together for a batch, and then change")
  func sticky() throws {
    var stage = ProducerStage(partitions: 8) {
      $0.batchSize = 1_000
      $0.maxRequestSize = 1_000_000
    }
    let value = String(repeating: "x", count: 100)
    var runs: [Int32] = []
    for _ in 0..<200 {
      try stage.put(value, to: nil)
      for request in stage.pump(isFlushing: true) {
        for batch in request.batches where runs.last != batch.partition.partition {
          runs.append(batch.partition.partition)
        }
        _ = stage.answer(request.number)
      }
    }
    // 140 bytes at most each: eight of them reach the batch's size.
    #expect((15...30).contains(runs.count))
    #expect(Set(runs).count > 4)
  }

  @Test("a partition that is far behind is seldom chosen")
  func adaptive() throws {
    var stage = ProducerStage(partitions: 2) { $0.batchSize = 200 }
    stage.ready = [1]
    let value = String(repeating: "x", count: 150)
    var counts: [Int32: Int] = [:]
    for _ in 0..<40 { try stage.put(value, to: 0) }
    for _ in 0..<400 {
      try stage.put(value, to: nil)
      for request in stage.pump() {
        for batch in request.batches { counts[batch.partition.partition, default: 0] += 1 }
        _ = stage.answer(request.number)
      }
    }
    #expect(counts[1, default: 0] > 350)
  }

  @Test("round robin and a choice of one's own go by no key")
  func choices() throws {
    var turns = ProducerStage(choice: .roundRobin, partitions: 3)
    for value in ["a", "b", "c", "d"] { try turns.put(value, to: nil, key: "k") }
    #expect(
      turns.send() == [
        "1 to 0: t-0(a d) 7.0@0 t-2(c) 7.0@0", "2 to 1: t-1(b) 7.0@0",
      ])
    var own = ProducerStage(choice: .custom { _, key, count in key == nil ? 7 : count - 1 })
    try own.put("a", to: nil, key: "k")
    #expect(own.send() == ["1 to 1: t-1(a) 7.0@0"])
    #expect(try own.put("a", to: nil) == .unknownPartition(7, count: 2))
  }
}
