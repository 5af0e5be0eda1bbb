package import ActaModel

/// All transactional ids of the broker: who has each, what its transaction takes in, and when it must end.
///
/// It decides and writes nothing: what has to be written in the same turn of the log is in the turn's effects,
/// the markers and positions of a transaction that ends among them. It knows no wire versions, no clock and no
/// tables. Ids are told apart byte by byte.
package struct TransactionCoordinator: Sendable {
  private var transactions: [ExactText: Transaction] = [:]
  private var deadlines = DeadlineQueue()
  /// Of all transactional ids.
  private var idBytes = 0

  package init() {}

  /// Takes what the tables hold.
  package init(restoring rows: [TransactionRow], _ turn: TransactionTurn) {
    for row in rows {
      idBytes += row.transactionalID.utf8.count
      transactions[ExactText(row.transactionalID)] = Transaction(restoring: row, turn)
    }
    deadlines = DeadlineQueue(
      transactions.compactMap { id, transaction in
        transaction.deadline.map { .init(deadline: $0, name: id.text) }
      })
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
    if transactions[key] == nil {
      let bytes = idBytes + transactionalID.utf8.count
      guard transactions.count < turn.settings.maxIDs, bytes <= turn.settings.maxIDBytes else {
        throw TransactionRefusal(.policyViolation)
      }
      transactions[key] = Transaction(new: transactionalID, producerID: try freshID(), turn)
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

  /// Aborts what has taken longer than its producer said it would, and fences the producer.
  package mutating func tick(_ turn: inout TransactionTurn) {
    while let entry = deadlines.pop(dueAt: turn.now) {
      let key = ExactText(entry.name)
      guard let deadline = transactions[key]?.deadline else { continue }
      if deadline <= turn.now {
        transactions[key]?.fence(&turn)
      } else {
        deadlines.push(.init(deadline: deadline, name: entry.name))
      }
    }
  }

  /// Forgets up to `limit` ids that nobody has used for `transactional.id.expiration.ms`. True when there may
  /// be more.
  package mutating func expire(limit: Int, _ turn: inout TransactionTurn) -> Bool {
    var expired = 0
    for (key, transaction) in transactions {
      guard let since = transaction.unusedSince,
        since < turn.wallClock &- turn.settings.idExpiration
      else { continue }
      guard expired < limit else { return true }
      expired += 1
      transactions[key] = nil
      idBytes -= key.text.utf8.count
      turn.note(.remove(transactionalID: key.text))
    }
    return false
  }

  // MARK: What administrators ask

  /// In no order.
  package var rows: [TransactionRow] { transactions.values.map(\.row) }

  package subscript(transactionalID: String) -> TransactionRow? {
    transactions[ExactText(transactionalID)]?.row
  }

  // MARK: Routing

  private func transaction(_ transactionalID: String) throws(TransactionRefusal) -> Transaction {
    guard !transactionalID.isEmpty else { throw TransactionRefusal(.invalidRequest) }
    guard let transaction = transactions[ExactText(transactionalID)] else {
      throw TransactionRefusal(.invalidProducerIDMapping)
    }
    return transaction
  }

  /// Lets a transactional id see an event, and sets its alarm.
  private mutating func see<Result>(
    _ transactionalID: String, _ turn: inout TransactionTurn,
    _ event: (inout Transaction, inout TransactionTurn) throws -> Result
  ) throws -> Result {
    var transaction = try transaction(transactionalID)
    let before = transaction.deadline
    defer {
      // What a refused request has led to stays: a producer that is fenced has lost its transaction.
      transactions[ExactText(transactionalID)] = transaction
      if let deadline = transaction.deadline, deadline != before {
        deadlines.push(.init(deadline: deadline, name: transactionalID))
      }
    }
    return try event(&transaction, &turn)
  }
}
