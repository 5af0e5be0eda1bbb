import ActaModel
import ModelLiterals
import Testing

@testable import Coordination

@Suite("Transactions that take too long") struct TransactionTimeTests {
  let stage = TransactionStage()

  /// Three transactions of two partitions each, due one after the other.
  private func beginThree() throws {
    for (index, id) in ["a", "b", "c"].enumerated() {
      let producer = try stage.producer(id, timeout: Int32(1_000 + index))
      #expect(stage.add([PartitionID(1), PartitionID(2)], to: id, by: producer) == .none)
    }
    stage.sleep(2_000)
  }

  @Test("one turn ends only so many, at least one, and the rest stays due")
  func bounded() throws {
    try beginThree()
    #expect(stage.tick(atMost: 1) == ["a"])
    #expect(try #require(stage.coordinator.nextDeadline) <= stage.now)
    #expect(stage.tick(atMost: 3) == ["b", "c"])
    #expect(stage.coordinator.nextDeadline == nil)
    #expect(stage.ends.map(\.transactionalID) == ["a", "b", "c"])
  }

  @Test("one that is put off keeps no other waiting, also when the tables are read anew")
  func puttingOff() throws {
    try beginThree()
    #expect(stage.tickInVain(atMost: 1) == ["a"])
    stage.putOff("a", milliseconds: 60_000)
    #expect(stage.tickInVain(atMost: 1) == ["b"])
    #expect(stage.tick(atMost: 10) == ["b", "c"])
    #expect(stage.coordinator.nextDeadline == stage.now + Int64(60_000))
    stage.sleep(59_999)
    #expect(stage.tick(atMost: 10) == [])
    stage.sleep(1)
    #expect(stage.tick(atMost: 10) == ["a"])
  }

  @Test(
    "a wall clock that is set moves no deadline when the tables are read anew",
    arguments: [
      -1_000_000, 1_000_000,
    ])
  func clockSet(by milliseconds: Int64) throws {
    let producer = try stage.producer(timeout: 10_000)
    #expect(stage.add([PartitionID(1)], by: producer) == .none)
    let deadline = stage.now + Int64(10_000)
    stage.setWallClock(by: milliseconds)
    stage.reload()
    #expect(stage.coordinator.nextDeadline == deadline)
    // Also of one whose end was taken back.
    stage.sleep(10_000)
    #expect(stage.tickInVain(atMost: 1) == ["t"])
    #expect(stage.coordinator.nextDeadline == deadline)
    #expect(stage.tick(atMost: 1) == ["t"])
    // A transaction that another program has changed is another one.
    let next = try stage.producer(timeout: 10_000)
    #expect(stage.add([PartitionID(1)], by: next) == .none)
    var row = try #require(stage.row)
    row.startedAt = stage.wallClock - 4_000
    stage.rewrite(row)
    #expect(stage.coordinator.nextDeadline == stage.now + Int64(6_000))
  }

  @Test("a producer that is never idle leaves no deadlines behind")
  func piles() throws {
    var producer = try stage.producer()
    for _ in 0..<5_000 {
      #expect(stage.add([PartitionID(1)], by: producer) == .none)
      producer = try stage.end(committing: true, by: producer, .second).get()
      stage.sleep(1)
    }
    #expect(stage.coordinator.deadlineEntryCount == 1)
    // Neither do transactions that are due ever earlier.
    for timeout in 0..<5_000 {
      producer = try stage.producer(timeout: Int32(50_000 - timeout))
      #expect(stage.add([PartitionID(1)], by: producer) == .none)
    }
    #expect(stage.coordinator.deadlineEntryCount <= 1_002)
    stage.pass(50_000)
    #expect(stage.row?.state == .completeAbort)
  }

  @Test("whoever asks many times in one turn is written once, after what it has ended")
  func effects() throws {
    var coordinator = TransactionCoordinator()
    var turn = TransactionTurn(
      at: stage.now, wallClock: stage.wallClock, settings: TransactionSettings())
    var producers: [String: ProducerClaim] = [:]
    for (number, id) in ["a", "b"].enumerated() {
      producers[id] = try coordinator.initialize(
        id, timeoutMilliseconds: 1_000, claim: nil, &turn, freshID: { ProducerID(Int64(number)) })
    }
    for number in 1...1_000 {
      for (id, producer) in producers {
        try coordinator.add([PartitionID(Int64(number))], to: id, by: producer, &turn)
      }
    }
    _ = try coordinator.end(
      "a", committing: true, by: .of(0, 0), raisesEpoch: false, &turn, freshID: { ProducerID(9) })
    let effects = coordinator.takeEffects(of: &turn)
    #expect(effects.count == 3)
    guard case .end(let end) = effects.first else {
      Issue.record("\(effects)")
      return
    }
    #expect(end.partitions.count == 1_000)
    for id in ["a", "b"] { #expect(coordinator[id].map { effects.contains(.write($0)) } == true) }
    #expect(coordinator.takeEffects(of: &turn) == [])
  }
}
