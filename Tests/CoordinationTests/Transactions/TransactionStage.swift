import ActaModel
import ModelLiterals
import Testing

@testable import Coordination

/// A coordinator with clocks that the test moves, and tables that follow what it writes. After every event it
/// is checked that the tables say what the coordinator knows.
final class TransactionStage {
  private(set) var coordinator = TransactionCoordinator()
  private(set) var tables: [String: TransactionRow] = [:]
  /// Transactions that have ended, in order.
  private(set) var ends: [TransactionEnd] = []
  private(set) var now = Instant(milliseconds: 1_000_000)
  private(set) var wallClock: Int64 = 1_700_000_000_000
  private var lastID: Int64 = 999
  var settings = TransactionSettings()

  func initialize(
    _ id: String = "t", timeout: Int32 = 60_000, claim: ProducerClaim? = nil
  ) -> Answer<ProducerClaim> {
    take { coordinator, turn, fresh in
      try coordinator.initialize(
        id, timeoutMilliseconds: timeout, claim: claim, &turn, freshID: fresh)
    }
  }

  /// For tests that only want a producer.
  func producer(_ id: String = "t", timeout: Int32 = 60_000) throws -> ProducerClaim {
    try initialize(id, timeout: timeout).get()
  }

  func add(
    _ partitions: Set<PartitionID>, to id: String = "t", by producer: ProducerClaim
  ) -> ErrorCode {
    code { coordinator, turn, _ in try coordinator.add(partitions, to: id, by: producer, &turn) }
  }

  func add(group: String, to id: String = "t", by producer: ProducerClaim) -> ErrorCode {
    code { coordinator, turn, _ in try coordinator.add(group: group, to: id, by: producer, &turn) }
  }

  /// The generation of the protocol that the producer speaks.
  enum Generation { case first, second }

  func end(
    _ id: String = "t", committing: Bool, by producer: ProducerClaim, _ generation: Generation
  ) -> Answer<ProducerClaim> {
    take { coordinator, turn, fresh in
      try coordinator.end(
        id, committing: committing, by: producer, raisesEpoch: generation == .second, &turn,
        freshID: fresh)
    }
  }

  func verify(_ partition: PartitionID, of producer: ProducerClaim) -> ErrorCode {
    code { coordinator, _, _ in try coordinator.verify(partition, in: "t", of: producer) }
  }

  func pass(_ milliseconds: Int64) {
    now = now + milliseconds
    wallClock += milliseconds
    code { coordinator, turn, _ in _ = coordinator.tick(atMost: .max, &turn) }
  }

  /// Ids that nobody has used for long are forgotten.
  func expire() {
    code { coordinator, turn, _ in _ = coordinator.expire(limit: 10, &turn) }
  }

  func setWallClock(by milliseconds: Int64) { wallClock += milliseconds }

  /// What only memory knows is lost, and comes back from the tables.
  func restart() {
    coordinator = TransactionCoordinator()
    reload()
  }

  /// The tables are read anew, as after a turn that was rolled back.
  func reload() {
    let turn = TransactionTurn(at: now, wallClock: wallClock, settings: settings)
    coordinator.restore(Array(tables.values), turn)
    check()
  }

  /// Another program has changed the tables.
  func rewrite(_ row: TransactionRow) {
    tables[row.transactionalID] = row
    reload()
  }

  /// Aborts what is due, within a weight, in a turn that is taken back.
  func tickInVain(atMost weight: Int) -> [String] {
    var turn = TransactionTurn(at: now, wallClock: wallClock, settings: settings)
    let aborted = coordinator.tick(atMost: weight, &turn)
    reload()
    return aborted
  }

  func tick(atMost weight: Int) -> [String] {
    var aborted: [String] = []
    code { coordinator, turn, _ in aborted = coordinator.tick(atMost: weight, &turn) }
    return aborted
  }

  func putOff(_ id: String, milliseconds: Int64) {
    coordinator.putOff(id, until: now + milliseconds)
  }

  /// Both clocks go on, and nothing is looked at.
  func sleep(_ milliseconds: Int64) {
    now = now + milliseconds
    wallClock += milliseconds
  }

  var row: TransactionRow? { coordinator["t"] }

  // MARK: Turns

  typealias Answer<Value> = Result<Value, TransactionRefusal>

  @discardableResult
  private func code(
    _ body: (inout TransactionCoordinator, inout TransactionTurn, () -> ProducerID) throws -> Void
  ) -> ErrorCode {
    switch take(body) {
    case .success: .none
    case .failure(let refusal): refusal.code
    }
  }

  private func take<Value>(
    _ body: (inout TransactionCoordinator, inout TransactionTurn, () -> ProducerID) throws -> Value
  ) -> Answer<Value> {
    var turn = TransactionTurn(at: now, wallClock: wallClock, settings: settings)
    let answer: Answer<Value>
    do {
      answer = .success(
        try body(&coordinator, &turn) {
          lastID += 1
          return ProducerID(lastID)
        })
    } catch let refusal as TransactionRefusal {
      answer = .failure(refusal)
    } catch {
      preconditionFailure("nothing else is thrown: \(error)")
    }
    for effect in coordinator.takeEffects(of: &turn) { apply(effect) }
    check()
    return answer
  }

  private func apply(_ effect: TransactionTurn.Effect) {
    switch effect {
    case .write(let row): tables[row.transactionalID] = row
    case .remove(let id): tables[id] = nil
    case .end(let end): ends.append(end)
    }
  }

  private func check() {
    let known = coordinator.rows.sorted { $0.transactionalID < $1.transactionalID }
    #expect(known == tables.values.sorted { $0.transactionalID < $1.transactionalID })
  }
}

extension ProducerClaim {
  static func of(_ id: Int64, _ epoch: Int16) -> Self {
    ProducerClaim(id: ProducerID(id), epoch: epoch)
  }

  var raised: ProducerClaim { ProducerClaim(id: id, epoch: epoch + 1) }
}
