import ActaModel
import Coordination
import KafkaConfig
import LogStorage
import Synchronization

/// Where the coordinator of all transactions lives: on the storage's writing thread, as `GroupHost`.
///
/// A turn decides, and what it decided is written in the turn of the log it shares with everything else: the
/// rows, and of a transaction that ends the markers and positions too. So nobody ever sees a transaction of
/// which one partition is committed and another is not yet, and there is nothing to finish after a crash.
///
/// It is also the log's gate: a transactional batch is appended only if its producer has a transaction that
/// takes it in, and begins one or joins it in the same turn where the protocol says so (KIP-890).
final class TransactionHost: Sendable {
  /// After the storage refused a tick.
  private static let retryMilliseconds: Int64 = 1_000

  private let storage: any LogStorage
  /// As of now; asked in every turn.
  private let config: @Sendable () -> TransactionConfig
  /// Epoch milliseconds.
  private let wallClock: @Sendable () -> Int64
  /// Only the writing thread takes this lock (and the one that attaches, before there is a turn). Whoever has
  /// the groups' lock may take it, and never the other way round.
  private let coordinator: Mutex<TransactionCoordinator>
  private let alarm: Alarm

  init(
    storage: any LogStorage, config: @escaping @Sendable () -> TransactionConfig,
    timers: any Timers, wallClock: @escaping @Sendable () -> Int64
  ) throws(StorageError) {
    self.storage = storage
    self.config = config
    self.wallClock = wallClock
    coordinator = Mutex(TransactionCoordinator())
    alarm = Alarm(timers)
    try storage.attach(Residence(host: self))
  }

  /// No transaction is aborted any more for having taken too long.
  func stop() { alarm.stop() }

  // MARK: Turns

  /// What a turn does: it may ask the coordinator, and look at the tables and write to them. A
  /// `TransactionRefusal` that it throws is its answer; whatever else it throws ends the turn of the log.
  typealias Body<Answer> =
    @Sendable (inout TransactionCoordinator, inout TransactionTurn, any LogTurn) throws -> Answer

  /// Gives the coordinator a turn. The body may run twice, when a turn of the log fails because of what else
  /// was in it.
  func perform<Answer: Sendable>(
    _ body: @escaping Body<Answer>,
    completion: @escaping @Sendable (Checked<Answer>) -> Void
  ) {
    storage.turn(
      { rows in
        let answer = try self.turn(in: rows, body).mapError { ProtocolError($0.code) }
        return { completion(answer) }
      },
      refuse: { completion(.failure(ProtocolError(coordinating: $0, about: "the transaction"))) })
  }

  /// Gives the coordinator a part of a turn that somebody else has begun. What it has decided is written when
  /// this returns, also where it refused: a producer that is fenced has lost its transaction.
  func turn<Answer: Sendable>(
    in rows: any LogTurn, _ body: Body<Answer>
  ) throws -> Result<Answer, TransactionRefusal> {
    var turn = TransactionTurn(
      at: alarm.now, wallClock: rows.now, settings: TransactionSettings(config()))
    let (result, deadline) = try coordinator.withLock { coordinator in
      let result: Result<Answer, TransactionRefusal>
      do {
        result = .success(try body(&coordinator, &turn, rows))
      } catch let refusal as TransactionRefusal {
        result = .failure(refusal)
      }
      try turn.write(to: rows)
      return (result, coordinator.nextDeadline)
    }
    setAlarm(for: deadline)
    return result
  }

  // MARK: Time

  private func setAlarm(for deadline: Instant?) {
    alarm.set(for: deadline) { [weak self] in self?.tick() }
  }

  private func tick() {
    storage.turn(
      { rows in
        self.alarm.hush()
        _ = try self.turn(in: rows) { coordinator, turn, _ in coordinator.tick(&turn) }
        return {}
      },
      refuse: { error in
        self.alarm.hush()
        if error != .closed { self.setAlarm(for: self.alarm.now + Self.retryMilliseconds) }
      })
  }

  // MARK: Following the tables, and guarding the partitions

  /// The storage keeps this for as long as it lives, and the host keeps the storage.
  private final class Residence: TransactionGate {
    private weak let host: TransactionHost?
    init(host: TransactionHost) { self.host = host }

    func reload(_ tables: ResidentTables, because reason: ReloadReason) {
      host?.reload(tables.transactions)
    }

    func admit(
      _ producer: ProducerClaim, _ claim: TransactionalClaim?, to partition: PartitionID,
      in turn: any LogTurn
    ) throws -> ErrorCode? {
      // Without a broker nobody is there to wait for the answer.
      guard let host else { return .coordinatorNotAvailable }
      return try host.admit(producer, claim, to: partition, in: turn)
    }
  }

  private func reload(_ rows: [TransactionRow]) {
    let turn = TransactionTurn(
      at: alarm.now, wallClock: wallClock(), settings: TransactionSettings(config()))
    let deadline = coordinator.withLock { coordinator in
      coordinator = TransactionCoordinator(restoring: rows, turn)
      return coordinator.nextDeadline
    }
    setAlarm(for: deadline)
  }

  /// `nil` if the batch may be appended.
  private func admit(
    _ producer: ProducerClaim, _ claim: TransactionalClaim?, to partition: PartitionID,
    in rows: any LogTurn
  ) throws -> ErrorCode? {
    // Handlers let no such batch through; a log must not depend on it.
    guard let claim else { return .invalidTxnState }
    if !claim.joins, !config().verifiesPartitions { return nil }
    let result = try turn(in: rows) { coordinator, turn, _ in
      if claim.joins {
        try coordinator.add([partition], to: claim.transactionalID, by: producer, &turn)
      } else {
        try coordinator.verify(partition, in: claim.transactionalID, of: producer)
      }
    }
    switch result {
    case .success: return nil
    case .failure(let refusal): return refusal.code
    }
  }
}
