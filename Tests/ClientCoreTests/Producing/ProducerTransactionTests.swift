import ActaModel
import ClientCore
import Coordination
import Testing

@Suite("A producer's transaction") struct ProducerTransactionTests {
  private static let claim = ProducerClaim(id: ProducerID(7), epoch: 0)
  private static let silence = ClientFailure(.timedOut, "The coordinator has not answered.")

  private func opened(addsByWriting: Bool = true) throws -> ProducerTransaction {
    var transaction = ProducerTransaction("tx")
    try transaction.beginRegistering()
    transaction.registered(Self.claim, addsByWriting: addsByWriting)
    try transaction.begin()
    return transaction
  }

  @Test("nothing is taken between the end's beginning and the next transaction")
  func ending() throws {
    for isCommit in [true, false] {
      var transaction = try opened()
      #expect(transaction.objection == nil)
      try transaction.beginEnd(committing: isCommit)
      #expect(transaction.objection != nil)
      transaction.noteWritten()
      #expect(try transaction.end(committing: isCommit))
      #expect(throws: ClientFailure.self) { try transaction.end(committing: !isCommit) }
      #expect(throws: ClientFailure.self) { try transaction.beginEnd(committing: isCommit) }
      transaction.ended(next: ProducerClaim(id: ProducerID(7), epoch: 1))
      #expect(transaction.objection != nil)
      try transaction.begin()
      #expect(transaction.claim?.epoch == 1)
    }
  }

  @Test("what fails while a commit waits for it ends the commit; an abort goes on")
  func failing() throws {
    let failure = ClientFailure(.timedOut, "Not acknowledged.")
    var transaction = try opened()
    try transaction.beginEnd(committing: true)
    transaction.failed(failure)
    #expect(throws: failure) { try transaction.end(committing: true) }
    try transaction.beginEnd(committing: false)
    transaction.failed(failure)
    #expect(try !transaction.end(committing: false))
  }

  @Test("an end that was not answered can only be asked for again", arguments: [true, false])
  func unsettled(_ isCommit: Bool) throws {
    var transaction = try opened()
    transaction.noteWritten()
    try transaction.beginEnd(committing: isCommit)
    transaction.endFailed(committing: isCommit, Self.silence)
    #expect(throws: ClientFailure.self) { try transaction.begin() }
    #expect(throws: ClientFailure.self) { try transaction.beginEnd(committing: !isCommit) }
    #expect(transaction.objection?.isFatal == false)
    try transaction.beginEnd(committing: isCommit)
    #expect(try transaction.end(committing: isCommit))
    transaction.ended(next: nil)
    try transaction.begin()
  }

  @Test("when nobody asks any more what became of a commit, the producer is of no use")
  func givenUp() throws {
    var transaction = try opened()
    try transaction.beginEnd(committing: true)
    transaction.endFailed(committing: true, Self.silence)
    transaction.giveUp()
    #expect(transaction.objection?.isFatal == true)
    #expect(transaction.objection?.isRetriable == false)
    #expect(throws: ClientFailure.self) { try transaction.beginEnd(committing: true) }
  }

  @Test("a producer that another one has fenced says that it is of no use, whatever the code")
  func fenced() throws {
    for code in [
      ErrorCode.producerFenced, .invalidProducerEpoch, .invalidProducerIDMapping,
      .transactionalIDAuthorizationFailed,
    ] {
      var written = try opened()
      written.failed(ClientFailure(code))
      #expect(written.objection?.isFatal == true, "\(code)")
      var ended = try opened()
      try ended.beginEnd(committing: true)
      ended.endFailed(committing: true, ClientFailure(code))
      #expect(ended.objection?.isFatal == true, "\(code)")
      var registered = ProducerTransaction("tx")
      try registered.beginRegistering()
      registered.notRegistered(ClientFailure(code))
      #expect(registered.objection?.isFatal == true, "\(code)")
    }
    var other = try opened()
    try other.beginEnd(committing: false)
    other.endFailed(committing: false, ClientFailure(.invalidTxnState))
    #expect(other.objection?.isFatal == true)
  }

  @Test("the id is taken over once, and again only if that has failed")
  func registering() throws {
    var transaction = ProducerTransaction("tx")
    try transaction.beginRegistering()
    #expect(throws: ClientFailure.self) { try transaction.beginRegistering() }
    transaction.notRegistered(Self.silence)
    try transaction.beginRegistering()
    transaction.registered(Self.claim, addsByWriting: true)
    #expect(throws: ClientFailure.self) { try transaction.beginRegistering() }
  }

  @Test("a partition counts as being told of until that is answered")
  func adding() throws {
    var transaction = try opened(addsByWriting: false)
    let partitions = [TopicPartition("t", 0), TopicPartition("t", 1)]
    #expect(transaction.takeUnknown([partitions[0]]) == [partitions[0]])
    #expect(transaction.takeUnknown(partitions) == [partitions[1]])
    transaction.added([partitions[0]])
    #expect(transaction.isAdding)
    transaction.notAdded([partitions[1]])
    #expect(!transaction.isAdding)
    #expect(transaction.admits(partitions[0]))
    #expect(!transaction.admits(partitions[1]))
  }
}
