package import ActaModel

/// All transactional ids of the broker: who has each, what its transaction takes in, and when it must end.
///
/// It decides and writes nothing: what has to be written in the same turn of the log is in the turn's effects,
/// the markers and positions of a transaction that ends among them. It knows no wire versions, no clock and no
/// tables. Ids are told apart byte by byte.
package struct TransactionCoordinator: Sendable {
  private struct Resident: Sendable {
    var transaction: Transaction
    /// The entry in the queue of deadlines that counts for it.
    var alarm: Instant?
    /// Until when its end is not tried, since it could not be written.
    var putOff: Instant?

    /// When its transaction is to be aborted.
    var due: Instant? {
      transaction.deadline.map { deadline in putOff.map { max($0, deadline) } ?? deadline }
    }
  }

  private var residents: [ExactText: Resident] = [:]
  private var deadlines = DeadlineQueue()
  /// Of all transactional ids.
  private var idBytes = 0

  package init() {}

  /// Takes what the tables hold. A transaction that is known already keeps its deadline: the wall clock may
  /// have been set since it began.
  package mutating func restore(_ rows: [TransactionRow], _ turn: TransactionTurn) {
    let former = residents
    residents = [:]
    idBytes = 0
    for row in rows {
      let key = ExactText(row.transactionalID)
      let known = former[key]
      idBytes += row.transactionalID.utf8.count
      residents[key] = Resident(
        transaction: Transaction(restoring: row, known: known?.transaction, turn),
        putOff: known?.putOff)
    }
    rebuildDeadlines()
  }

  // MARK: Requests

  /// InitProducerId with a transactional id.
  ///
  /// - Parameter freshID: A producer id that was never given before.
  package mutating func initialize(
    _ transactionalID: String, timeoutMilliseconds: Int32, claim: ProducerClaim?,
    _ turn: inout TransactionTurn, freshID: () throws -> ProducerID
  ) throws -> ProducerClaim {
    guard !transactionalID.isEmpty, !transactionalID.utf8.contains(0) else {
      throw TransactionRefusal(.invalidRequest)
    }
    guard timeoutMilliseconds > 0, timeoutMilliseconds <= turn.settings.maxTimeout else {
      throw TransactionRefusal(.invalidTransactionTimeout)
    }
    let key = ExactText(transactionalID)
    if residents[key] == nil {
      let bytes = idBytes + transactionalID.utf8.count
      guard residents.count < turn.settings.maxIDs, bytes <= turn.settings.maxIDBytes else {
        throw TransactionRefusal(.policyViolation)
      }
      residents[key] = Resident(
        transaction: Transaction(new: transactionalID, producerID: try freshID(), turn))
      idBytes = bytes
    }
    return try see(transactionalID, &turn) { transaction, turn in
      try transaction.initialize(
        timeoutMilliseconds: timeoutMilliseconds, claim: claim, &turn, freshID: freshID)
      return transaction.row.producer
    }
  }

  /// AddPartitionsToTxn, and Produce by a producer of the second generation.
  package mutating func add(
    _ partitions: Set<PartitionID>, to transactionalID: String, by producer: ProducerClaim,
    _ turn: inout TransactionTurn
  ) throws {
    try see(transactionalID, &turn) { try $0.add(partitions, by: producer, &$1) }
  }

  /// AddOffsetsToTxn, and TxnOffsetCommit by a producer of the second generation.
  package mutating func add(
    group: String, to transactionalID: String, by producer: ProducerClaim,
    _ turn: inout TransactionTurn
  ) throws {
    try see(transactionalID, &turn) { try $0.add(group: group, by: producer, &$1) }
  }

  /// Whether a producer of the first generation may write to the partition now.
  package func verify(
    _ partition: PartitionID, in transactionalID: String, of producer: ProducerClaim
  ) throws(TransactionRefusal) {
    try transaction(transactionalID).verify(partition, of: producer)
  }

  /// Whether a producer of the first generation may commit positions of the group now.
  package func verify(
    group: String, in transactionalID: String, of producer: ProducerClaim
  ) throws(TransactionRefusal) {
    try transaction(transactionalID).verify(group: group, of: producer)
  }

  /// EndTxn. The result is who the producer is in its next transaction.
  package mutating func end(
    _ transactionalID: String, committing isCommit: Bool, by producer: ProducerClaim,
    raisesEpoch: Bool, _ turn: inout TransactionTurn, freshID: () throws -> ProducerID
  ) throws -> ProducerClaim {
    try see(transactionalID, &turn) { transaction, turn in
      try transaction.end(
        committing: isCommit, by: producer, raisesEpoch: raisesEpoch, &turn, freshID: freshID)
    }
  }

  // MARK: Time

  /// When to call `tick` next, if nothing else happens before; it may be early, never late.
  package var nextDeadline: Instant? { deadlines.first?.deadline }

  /// How many deadlines are kept, leftovers included.
  var deadlineEntryCount: Int { deadlines.count }

  /// Aborts what has taken longer than its producer said it would, and fences the producer. Where more is due
  /// `nextDeadline` stays in the past.
  ///
  /// - Parameter weight: Partitions and groups of the aborted transactions, after which no more are; the first
  ///   is aborted whatever it has.
  /// - Returns: Whose transactions were aborted.
  package mutating func tick(atMost weight: Int, _ turn: inout TransactionTurn) -> [String] {
    var aborted: [String] = []
    var remaining = weight
    while remaining > 0, let entry = deadlines.pop(dueAt: turn.now) {
      guard let index = residents.index(forKey: ExactText(entry.name)),
        residents.values[index].alarm == entry.deadline
      else { continue }
      residents.values[index].alarm = nil
      guard let due = residents.values[index].due, due <= turn.now else {
        setAlarm(ofResidentAt: index)
        continue
      }
      remaining -= max(1, residents.values[index].transaction.endWeight)
      residents.values[index].transaction.fence(&turn)
      residents.values[index].putOff = nil
      aborted.append(entry.name)
    }
    return aborted
  }

  /// Does not try to abort the id's transaction before `instant`. It is still put off when the rows are read
  /// anew.
  package mutating func putOff(_ transactionalID: String, until instant: Instant) {
    residents[ExactText(transactionalID)]?.putOff = instant
  }

  private mutating func setAlarm(ofResidentAt index: Dictionary<ExactText, Resident>.Index) {
    guard let due = residents.values[index].due else { return }
    if let alarm = residents.values[index].alarm, alarm <= due { return }
    residents.values[index].alarm = due
    deadlines.push(.init(deadline: due, name: residents.keys[index].text))
    // Each alarm that was set anew leaves an entry behind; they must not pile up.
    if deadlines.count > 2 * residents.count + 1_000 { rebuildDeadlines() }
  }

  private mutating func rebuildDeadlines() {
    for index in residents.indices { residents.values[index].alarm = residents.values[index].due }
    deadlines = DeadlineQueue(
      residents.compactMap { key, resident in
        resident.alarm.map { .init(deadline: $0, name: key.text) }
      })
  }

  /// Forgets up to `limit` ids that nobody has used for `transactional.id.expiration.ms`. True when there may
  /// be more.
  package mutating func expire(limit: Int, _ turn: inout TransactionTurn) -> Bool {
    let limitOfUse = turn.wallClock &- turn.settings.idExpiration
    // One more than are forgotten says that there are more.
    let unused = residents.lazy.filter { _, resident in
      resident.transaction.unusedSince.map { $0 < limitOfUse } ?? false
    }.prefix(limit + 1).map(\.key)
    let keys = Array(unused)
    for key in keys.prefix(limit) {
      residents[key] = nil
      idBytes -= key.text.utf8.count
      turn.noteChange(of: key.text)
    }
    return keys.count > limit
  }

  // MARK: What is to be written

  /// Takes from the turn what it has led to so far, to be written in this order: an end comes before the row
  /// that says so, and each row once.
  package func takeEffects(of turn: inout TransactionTurn) -> [TransactionTurn.Effect] {
    let (ends, changed) = turn.take()
    return ends.map { .end($0) }
      + changed.map { key in
        residents[key].map { .write($0.transaction.row) } ?? .remove(transactionalID: key.text)
      }
  }

  // MARK: What administrators ask

  /// In no order.
  package var rows: some Collection<TransactionRow> {
    residents.values.lazy.map(\.transaction.row)
  }

  package subscript(transactionalID: String) -> TransactionRow? {
    residents[ExactText(transactionalID)]?.transaction.row
  }

  // MARK: Routing

  private func index(
    of transactionalID: String
  ) throws(TransactionRefusal) -> Dictionary<ExactText, Resident>.Index {
    guard !transactionalID.isEmpty else { throw TransactionRefusal(.invalidRequest) }
    guard let index = residents.index(forKey: ExactText(transactionalID)) else {
      throw TransactionRefusal(.invalidProducerIDMapping)
    }
    return index
  }

  private func transaction(_ transactionalID: String) throws(TransactionRefusal) -> Transaction {
    residents.values[try index(of: transactionalID)].transaction
  }

  /// Lets a transactional id see an event, and sets its alarm. The transaction is changed where it lies: a copy
  /// of all its partitions would cost more than all else.
  private mutating func see<Result>(
    _ transactionalID: String, _ turn: inout TransactionTurn,
    _ event: (inout Transaction, inout TransactionTurn) throws -> Result
  ) throws -> Result {
    let index = try index(of: transactionalID)
    // What a refused request has led to stays: a producer that is fenced has lost its transaction.
    defer { setAlarm(ofResidentAt: index) }
    return try event(&residents.values[index].transaction, &turn)
  }
}
