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
  private let storage: any LogStorage
  /// As of now; asked in every turn.
  private let config: @Sendable () -> TransactionConfig
  /// Epoch milliseconds.
  private let wallClock: @Sendable () -> Int64
  /// Only the writing thread takes this lock (and the one that attaches, before there is a turn). Whoever has
  /// the groups' lock may take it, and never the other way round.
  private let coordinator: Mutex<TransactionCoordinator>
  private let alarm: Alarm
  private let pace = Mutex(OverduePace())
  private let warn: @Sendable (String) -> Void

  init(
    storage: any LogStorage, config: @escaping @Sendable () -> TransactionConfig,
    timers: any Timers, wallClock: @escaping @Sendable () -> Int64,
    warn: @escaping @Sendable (String) -> Void
  ) throws(StorageError) {
    self.storage = storage
    self.config = config
    self.wallClock = wallClock
    self.warn = warn
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
      try coordinator.write(&turn, to: rows)
      return (result, coordinator.nextDeadline)
    }
    setAlarm(for: deadline)
    return result
  }

  // MARK: Time

  private func setAlarm(for deadline: Instant?) {
    guard let deadline else { return }
    let pause = pace.withLock { $0.pause }
    alarm.set(for: pause.map { max($0, deadline) } ?? deadline) { [weak self] in self?.tick() }
  }

  /// What a turn has tried to abort.
  private final class Attempt: Sendable {
    let transactionalIDs = Mutex<[String]>([])
  }

  private func tick() {
    let attempt = Attempt()
    storage.turn(
      { rows in
        self.alarm.hush()
        return try self.abortOverdue(attempt, in: rows)
      },
      refuse: { error in
        self.alarm.hush()
        if error != .closed { self.refused(attempt, error) }
      })
  }

  /// The result is what is left to do when the turn is synced.
  private func abortOverdue(_ attempt: Attempt, in rows: any LogTurn) throws -> @Sendable () -> Void
  {
    let now = alarm.now
    guard let (weight, putOff) = pace.withLock({ $0.begin(at: now) }) else {
      setAlarm(for: now)
      return {}
    }
    let result = try turn(in: rows) { coordinator, turn, _ in
      for id in putOff { coordinator.putOff(id, until: now + OverduePace.restMilliseconds) }
      let aborted = coordinator.tick(atMost: weight, &turn)
      attempt.transactionalIDs.withLock { $0 = aborted }
      return coordinator.nextDeadline.map { $0 > turn.now } ?? true
    }
    guard case .success(true) = result else { return {} }
    return { self.pace.withLock { $0.finished() } }
  }

  private func refused(_ attempt: Attempt, _ error: StorageError) {
    let now = alarm.now
    let tried = attempt.transactionalIDs.withLock { $0 }
    if let failed = pace.withLock({ $0.refused(tried, error, at: now) }) {
      warn(
        "the transaction of transactional id '\(failed)' has taken too long and cannot be aborted;"
          + " it is tried again in a minute: \(ProtocolError(error, about: "it").message ?? "")")
    }
    setAlarm(for: now)
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
      coordinator.restore(rows, turn)
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
