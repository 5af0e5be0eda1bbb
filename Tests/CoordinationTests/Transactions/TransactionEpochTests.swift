import ActaModel
import ModelLiterals
import Testing

@testable import Coordination

/// The end of a producer id's epochs: 32766 is the last that a producer may have, 32767 that of the markers
/// which fence it.
@Suite("Transactions, the last epochs") struct TransactionEpochTests {
  let stage = TransactionStage()
  private let partition = PartitionID(1)

  /// An id with this epoch, of a producer that nobody has fenced.
  private func row(epoch: Int16) -> TransactionRow {
    TransactionRow(
      transactionalID: "t", producer: .of(1_000, epoch), timeoutMilliseconds: 60_000,
      updatedAt: stage.wallClock)
  }

  @Test("the epoch that fences the last one is nobody's")
  func fenced() throws {
    #expect(try stage.producer() == .of(1_000, 0))
    stage.rewrite(row(epoch: Transaction.lastEpoch))
    let producer = ProducerClaim.of(1_000, Transaction.lastEpoch)
    #expect(stage.add([partition], by: producer) == .none)
    let refused = TransactionRefusal(.producerFenced)
    #expect(stage.initialize(claim: producer) == .failure(refused))
    let guessed = ProducerClaim.of(1_000, .max)
    #expect(stage.row?.producer == guessed)
    #expect(stage.add([partition], by: guessed) == .producerFenced)
    #expect(stage.add(group: "g", by: guessed) == .producerFenced)
    #expect(stage.verify(partition, of: guessed) == .producerFenced)
    for generation in [TransactionStage.Generation.first, .second] {
      for committing in [true, false] {
        #expect(
          stage.end(committing: committing, by: guessed, generation) == .failure(refused))
      }
    }
    #expect(stage.row?.state == .completeAbort)
    #expect(stage.initialize(claim: guessed) == .success(.of(1_001, 0)))
    // It has left an epoch behind that nothing comes after.
    #expect(
      stage.end(committing: true, by: guessed, .second)
        == .failure(TransactionRefusal(.invalidProducerIDMapping)))
    #expect(stage.initialize(claim: guessed) == .success(.of(1_001, 0)))
  }

  @Test("guesses around the ends of the epochs lead nowhere", arguments: 1...8)
  func walk(seed: UInt64) throws {
    var dice = Dice(seed: seed)
    let epochs: [Int16] = [-1, 0, 1, 2, .max - 3, .max - 2, .max - 1, .max]
    var marked: [ProducerID: Int16] = [:]
    var seen = 0
    for step in 0..<4_000 {
      let context: Comment = "seed \(seed), step \(step)"
      let known = stage.row?.producer.id.value ?? 1_000
      let claim = ProducerClaim.of(
        Int64.random(in: max(0, known - 1)...known, using: &dice),
        epochs.randomElement(using: &dice) ?? 0)
      let generation: TransactionStage.Generation = Bool.random(using: &dice) ? .first : .second
      switch Int.random(in: 0..<20, using: &dice) {
      case 0: _ = stage.initialize()
      case 1..<5: _ = stage.initialize(claim: claim)
      case 5..<10: _ = stage.add([partition], by: claim)
      case 10: _ = stage.add(group: "g", by: claim)
      case 11..<16:
        _ = stage.end(committing: Bool.random(using: &dice), by: claim, generation)
      case 16: stage.pass(70_000)
      case 17: stage.restart()
      default:
        // Onto the last epochs, which a walk would be long in reaching.
        guard let row = stage.row, row.state != .ongoing, row.producer.epoch < 10 else { break }
        var raised = row
        raised.producer = .of(row.producer.id.value, .max - 3)
        raised.lastEpoch = nil
        stage.rewrite(raised)
      }
      guard let row = stage.row else { continue }
      #expect(row.producer.epoch >= 0, context)
      #expect(row.state != .ongoing || row.producer.epoch <= Transaction.lastEpoch, context)
      for end in stage.ends[seen...] {
        #expect(end.marker.epoch >= marked[end.marker.id, default: 0], context)
        marked[end.marker.id] = end.marker.epoch
      }
      seen = stage.ends.count
    }
    #expect(marked.count > 5 && marked.values.contains(.max), "seed \(seed)")
  }
}
