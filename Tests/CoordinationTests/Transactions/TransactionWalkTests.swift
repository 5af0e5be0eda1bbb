import ActaModel
import ModelLiterals
import Testing

@testable import Coordination

/// Producers of both generations that take ids over from one another, lose answers, fall silent and come back
/// as zombies, with restarts in between. After every step the tables say what the coordinator knows (the stage
/// sees to it); here it is held against what must be true of any history.
@Suite("Transactions, random walks") struct TransactionWalkTests {
  private struct Client {
    var producer: ProducerClaim
    var generation: TransactionStage.Generation
    var written: Set<PartitionID> = []
    /// It has asked for an end of which it has not heard.
    var asked: Bool?
  }

  @Test("no zombie ends or joins anything, and each transaction ends once", arguments: 1...8)
  func walk(seed: UInt64) throws {
    var dice = Dice(seed: seed)
    let stage = TransactionStage()
    var clients: [Client] = []
    /// Who has the id.
    var owner: Int?
    var endsSeen = 0
    for step in 0..<12_000 {
      let context = "seed \(seed), step \(step)"
      switch Int.random(in: 0..<100, using: &dice) {
      case 0..<4:
        let producer = try stage.producer(timeout: 60_000)
        for client in clients { #expect(client.producer != producer, "\(context)") }
        clients.append(
          Client(producer: producer, generation: Bool.random(using: &dice) ? .first : .second))
        owner = clients.count - 1
      case 4..<6:
        stage.pass(Int64.random(in: 0..<70_000, using: &dice))
        if stage.ends.count > endsSeen { owner = nil }
      case 6..<8: stage.restart()
      default:
        guard let index = clients.indices.randomElement(using: &dice) else { break }
        let isOwner = index == owner
        try act(&clients[index], isOwner: isOwner, stage, &dice, context)
      }
      for end in stage.ends[endsSeen...] {
        #expect(!end.partitions.isEmpty, "\(context)")
        #expect(stage.row?.state != .ongoing, "\(context)")
      }
      endsSeen = stage.ends.count
      if clients.count > 6 {
        clients.removeFirst()
        owner = owner.flatMap { $0 == 0 ? nil : $0 - 1 }
      }
    }
    #expect(endsSeen > 500, "seed \(seed)")
  }

  private func act(
    _ client: inout Client, isOwner: Bool, _ stage: TransactionStage, _ dice: inout Dice,
    _ context: String
  ) throws {
    if let committing = client.asked {
      return end(&client, committing, isOwner, stage, &dice, context)
    }
    if Bool.random(using: &dice) {
      let partition = PartitionID(Int64.random(in: 1...4, using: &dice))
      let code = stage.add([partition], by: client.producer)
      #expect((code == .none) == isOwner, "\(context): \(code)")
      if code == .none { client.written.insert(partition) }
    } else if !client.written.isEmpty || !isOwner {
      end(&client, Bool.random(using: &dice), isOwner, stage, &dice, context)
    }
  }

  private func end(
    _ client: inout Client, _ committing: Bool, _ isOwner: Bool, _ stage: TransactionStage,
    _ dice: inout Dice, _ context: String
  ) {
    let before = stage.ends.count
    let answer = stage.end(committing: committing, by: client.producer, client.generation)
    guard isOwner else {
      #expect(answer == .failure(TransactionRefusal(.producerFenced)), "\(context)")
      #expect(stage.ends.count == before, "\(context)")
      client.asked = nil
      client.written = []
      return
    }
    guard case .success(let next) = answer else {
      Issue.record("\(context): \(answer)")
      return
    }
    if client.asked == nil {
      #expect(stage.ends.last?.isCommit == committing, "\(context)")
      #expect(stage.ends.last?.partitions == client.written, "\(context)")
      client.written = []
    } else {
      #expect(stage.ends.count == before, "\(context)")
    }
    // One answer in five is lost; its producer asks again.
    if Int.random(in: 0..<5, using: &dice) == 0 {
      client.asked = committing
    } else {
      client.asked = nil
      client.producer = next
    }
  }
}
