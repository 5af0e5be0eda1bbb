import ActaModel
import ModelLiterals
import Testing

@testable import Coordination

@Suite("Transactions") struct TransactionTests {
  let stage = TransactionStage()
  private let partition = PartitionID(1)
  private let other = PartitionID(2)

  // MARK: A producer's life, first generation

  @Test("a new id gets a producer id with epoch 0, and each further call the next epoch")
  func initializing() throws {
    #expect(try stage.producer() == .of(1_000, 0))
    #expect(try stage.producer() == .of(1_000, 1))
    #expect(stage.row?.state == .empty)
  }

  @Test("a transaction of the first generation keeps its epoch and marks what it has written to")
  func committing() throws {
    let producer = try stage.producer()
    #expect(stage.add([partition], by: producer) == .none)
    #expect(stage.add([other], by: producer) == .none)
    #expect(stage.add(group: "g", by: producer) == .none)
    #expect(stage.row?.state == .ongoing)
    #expect(stage.row?.startedAt == stage.wallClock)
    #expect(stage.end(committing: true, by: producer, .first) == .success(producer))
    #expect(
      stage.ends == [
        TransactionEnd(
          transactionalID: "t", marker: producer, isCommit: true, partitions: [partition, other],
          groups: [ExactText("g")])
      ])
    #expect(stage.row?.state == .completeCommit)
    #expect(stage.row?.partitions == [])
    #expect(stage.row?.startedAt == nil)
  }

  @Test("the same end twice is one end, the opposite one is refused")
  func endingTwice() throws {
    let producer = try stage.producer()
    for (committing, state) in [
      (true, TransactionRow.State.completeCommit), (false, .completeAbort),
    ] {
      #expect(stage.add([partition], by: producer) == .none)
      let count = stage.ends.count
      #expect(stage.end(committing: committing, by: producer, .first) == .success(producer))
      #expect(stage.end(committing: committing, by: producer, .first) == .success(producer))
      #expect(
        stage.end(committing: !committing, by: producer, .first)
          == .failure(TransactionRefusal(.invalidTxnState)))
      #expect(stage.ends.count == count + 1)
      #expect(stage.row?.state == state)
    }
  }

  @Test("what was not begun cannot be ended by a producer of the first generation")
  func endingNothing() throws {
    let producer = try stage.producer()
    for committing in [true, false] {
      #expect(
        stage.end(committing: committing, by: producer, .first)
          == .failure(TransactionRefusal(.invalidTxnState)))
    }
  }

  @Test("a partition must have been added before it is written to")
  func verifying() throws {
    let producer = try stage.producer()
    #expect(stage.verify(partition, of: producer) == .transactionAbortable)
    #expect(stage.add([partition], by: producer) == .none)
    #expect(stage.verify(partition, of: producer) == .none)
    #expect(stage.verify(other, of: producer) == .transactionAbortable)
    #expect(stage.verify(partition, of: producer.raised) == .producerFenced)
    #expect(stage.verify(partition, of: .of(7, 0)) == .invalidProducerIDMapping)
    _ = stage.end(committing: true, by: producer, .first)
    #expect(stage.verify(partition, of: producer) == .transactionAbortable)
  }

  // MARK: Second generation

  @Test(
    "each end raises the epoch of a producer of the second generation, and the markers have the new one"
  )
  func raising() throws {
    let producer = try stage.producer()
    #expect(stage.add([partition], by: producer) == .none)
    #expect(stage.end(committing: true, by: producer, .second) == .success(producer.raised))
    #expect(stage.ends.map(\.marker) == [producer.raised])
    #expect(stage.add([partition], by: producer) == .producerFenced)
    #expect(stage.add([partition], by: producer.raised) == .none)
  }

  @Test("an end whose answer was lost is answered again, the opposite one is refused")
  func retrying() throws {
    let producer = try stage.producer()
    #expect(stage.add([partition], by: producer) == .none)
    _ = stage.end(committing: true, by: producer, .second)
    #expect(stage.end(committing: true, by: producer, .second) == .success(producer.raised))
    #expect(
      stage.end(committing: false, by: producer, .second)
        == .failure(TransactionRefusal(.invalidTxnState)))
    #expect(stage.ends.count == 1)
  }

  @Test("a commit of nothing is refused and an abort of nothing raises the epoch")
  func abortingNothing() throws {
    let producer = try stage.producer()
    #expect(
      stage.end(committing: true, by: producer, .second)
        == .failure(TransactionRefusal(.invalidTxnState)))
    #expect(stage.end(committing: false, by: producer, .second) == .success(producer.raised))
    #expect(stage.end(committing: false, by: producer, .second) == .success(producer.raised))
    #expect(
      stage.end(committing: false, by: producer.raised, .second)
        == .success(producer.raised.raised))
    #expect(
      stage.end(committing: true, by: producer.raised.raised, .second)
        == .failure(TransactionRefusal(.invalidTxnState)))
    #expect(stage.ends == [])
  }

  @Test("when epochs run out, the end gives a new producer id, also to one that asks again")
  func rotatingAtEnd() throws {
    var producer = try stage.producer()
    while producer.epoch < Transaction.lastEpoch {
      producer = try stage.end(committing: false, by: producer, .second).get()
    }
    #expect(stage.add([partition], by: producer) == .none)
    #expect(stage.end(committing: true, by: producer, .second) == .success(.of(1_001, 0)))
    #expect(stage.ends.map(\.marker) == [.of(1_000, .max)])
    #expect(stage.end(committing: true, by: producer, .second) == .success(.of(1_001, 0)))
    #expect(stage.add([partition], by: .of(1_001, 0)) == .none)
  }

  // MARK: Fencing

  @Test("whoever takes an id over fences the one before and aborts what it has begun")
  func takingOver() throws {
    let zombie = try stage.producer()
    #expect(stage.add([partition], by: zombie) == .none)
    let producer = try stage.producer()
    #expect(producer == .of(1_000, 2))
    #expect(stage.ends.map(\.isCommit) == [false])
    #expect(stage.ends.map(\.marker) == [zombie.raised])
    for generation in [TransactionStage.Generation.first, .second] {
      for committing in [true, false] {
        #expect(
          stage.end(committing: committing, by: zombie, generation)
            == .failure(TransactionRefusal(.producerFenced)))
      }
    }
    #expect(stage.add([partition], by: zombie) == .producerFenced)
    #expect(stage.add([partition], by: producer) == .none)
  }

  @Test("a transaction that takes longer than it said is aborted and its producer fenced")
  func timingOut() throws {
    let producer = try stage.producer(timeout: 10_000)
    #expect(stage.add([partition], by: producer) == .none)
    #expect(stage.coordinator.nextDeadline == stage.now + Int64(10_000))
    stage.pass(9_999)
    #expect(stage.ends == [])
    stage.pass(1)
    #expect(stage.ends.map(\.isCommit) == [false])
    #expect(stage.ends.map(\.marker) == [producer.raised])
    for generation in [TransactionStage.Generation.first, .second] {
      #expect(
        stage.end(committing: true, by: producer, generation)
          == .failure(TransactionRefusal(.producerFenced)))
      #expect(
        stage.end(committing: false, by: producer, generation)
          == .failure(TransactionRefusal(.producerFenced)))
    }
    #expect(try stage.producer() == .of(1_000, 2))
  }

  @Test("a restart neither forgets a transaction nor gives it more time")
  func restarting() throws {
    let producer = try stage.producer(timeout: 10_000)
    #expect(stage.add([partition], by: producer) == .none)
    stage.pass(4_000)
    stage.restart()
    #expect(stage.coordinator.nextDeadline == stage.now + Int64(6_000))
    // A clock that was set back gives the whole time anew at most.
    stage.setWallClock(by: -100_000)
    stage.restart()
    #expect(stage.coordinator.nextDeadline == stage.now + Int64(10_000))
    #expect(stage.end(committing: true, by: producer, .first) == .success(producer))
  }

  // MARK: Going on after an error (KIP-360)

  @Test("a producer that goes on gets the next epoch, and the same again when it asks again")
  func goingOn() throws {
    let producer = try stage.producer()
    #expect(stage.initialize(claim: producer) == .success(producer.raised))
    #expect(stage.initialize(claim: producer) == .success(producer.raised))
    #expect(stage.initialize(claim: producer.raised) == .success(producer.raised.raised))
    #expect(stage.initialize(claim: producer) == .failure(TransactionRefusal(.producerFenced)))
    #expect(
      stage.initialize(claim: .of(7, 0)) == .failure(TransactionRefusal(.producerFenced)))
  }

  @Test("a producer whose id another has taken over cannot go on")
  func goingOnFenced() throws {
    let zombie = try stage.producer()
    _ = try stage.producer()
    #expect(stage.initialize(claim: zombie) == .failure(TransactionRefusal(.producerFenced)))
  }

  @Test("a producer cannot go on in the middle of a transaction, which is aborted")
  func goingOnInside() throws {
    let producer = try stage.producer()
    #expect(stage.add([partition], by: producer) == .none)
    #expect(stage.initialize(claim: producer) == .failure(TransactionRefusal(.producerFenced)))
    #expect(stage.ends.map(\.isCommit) == [false])
  }

  @Test("when epochs run out, going on gives a new producer id, also to one that asks again")
  func rotating() throws {
    var producer = try stage.producer()
    while producer.epoch < Transaction.lastEpoch { producer = try stage.producer() }
    #expect(stage.initialize(claim: producer) == .success(.of(1_001, 0)))
    #expect(stage.initialize(claim: producer) == .success(.of(1_001, 0)))
    #expect(try stage.producer() == .of(1_001, 1))
  }

  // MARK: Refusals

  @Test("timeouts out of range, empty ids and ids that nobody has are refused")
  func refusals() throws {
    let invalidTimeout = TransactionRefusal(.invalidTransactionTimeout)
    #expect(stage.initialize(timeout: 0) == .failure(invalidTimeout))
    #expect(stage.initialize(timeout: -1) == .failure(invalidTimeout))
    #expect(stage.initialize(timeout: 900_001) == .failure(invalidTimeout))
    #expect(stage.initialize("") == .failure(TransactionRefusal(.invalidRequest)))
    #expect(stage.initialize("a\0b") == .failure(TransactionRefusal(.invalidRequest)))
    #expect(stage.row == nil)
    #expect(stage.add([partition], by: .of(1, 0)) == .invalidProducerIDMapping)
    #expect(stage.add([partition], to: "", by: .of(1, 0)) == .invalidRequest)
    #expect(
      stage.end(committing: true, by: .of(1, 0), .second)
        == .failure(TransactionRefusal(.invalidProducerIDMapping)))
  }

  @Test("a transaction takes in only so many groups")
  func manyGroups() throws {
    stage.settings.maxGroups = 2
    let producer = try stage.producer()
    for group in ["a", "b", "a"] { #expect(stage.add(group: group, by: producer) == .none) }
    #expect(stage.add(group: "c", by: producer) == .policyViolation)
    #expect(stage.row?.groups == [ExactText("a"), ExactText("b")])
  }

  @Test("there are only so many ids, and those that nobody uses are forgotten after a week")
  func bounds() throws {
    stage.settings.maxIDs = 2
    let first = try stage.producer("a")
    _ = try stage.producer("b")
    #expect(stage.initialize("c") == .failure(TransactionRefusal(.policyViolation)))
    #expect(stage.add([partition], to: "a", by: first) == .none)
    stage.pass(604_800_001)
    stage.expire()
    // What timed out was used then.
    #expect(stage.tables.keys.sorted() == ["a"])
    stage.pass(604_800_001)
    stage.expire()
    #expect(stage.tables.isEmpty)
    #expect(try stage.producer("c").epoch == 0)
  }

  @Test("all ids together have only so many bytes, those of a restart among them")
  func idBytes() throws {
    stage.settings.maxIDBytes = 10
    let long = String(repeating: "é", count: 4)
    _ = try stage.producer(long)
    stage.restart()
    #expect(stage.initialize("abc") == .failure(TransactionRefusal(.policyViolation)))
    _ = try stage.producer("ab")
    #expect(stage.initialize("c") == .failure(TransactionRefusal(.policyViolation)))
    // It is there already.
    #expect(try stage.producer(long).epoch == 1)
    stage.pass(604_800_001)
    stage.expire()
    #expect(try stage.producer("0123456789").epoch == 0)
  }
}
