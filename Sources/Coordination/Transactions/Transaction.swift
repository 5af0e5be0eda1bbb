import ActaModel

/// The state machine of one transactional id (KafkaWire/PROTOCOL.md §15).
///
/// Both generations of the protocol are served by it. A producer of the first (TV1) keeps its epoch from one
/// transaction to the next; one of the second (TV2, KIP-890) gets a new one with each end, so that what is
/// late of a transaction cannot fall into the next.
struct Transaction: Sendable {
  /// Epochs end one below the largest, which is left for fencing.
  static let lastEpoch: Int16 = .max - 1

  /// When a transaction began, and what follows from it.
  private struct Begin: Sendable {
    /// Epoch milliseconds.
    let startedAt: Int64
    let timeoutMilliseconds: Int32
    let deadline: Instant
  }

  private(set) var row: TransactionRow
  /// Of the ongoing transaction, or of the last one: its end may be taken back.
  private var begin: Begin?

  /// One that nobody has used; its producer gets epoch 0 from `initialize`.
  init(new transactionalID: String, producerID: ProducerID, _ turn: TransactionTurn) {
    row = TransactionRow(
      transactionalID: transactionalID, producer: ProducerClaim(id: producerID, epoch: -1),
      timeoutMilliseconds: 0, updatedAt: turn.wallClock)
  }

  /// As it is stored. A transaction of which is `known` when it began keeps its deadline. The time of any
  /// other goes on from when it began, by a clock that may have been set since: it is never given more than
  /// it had.
  init(restoring row: TransactionRow, known: Transaction?, _ turn: TransactionTurn) {
    self.row = row
    guard row.state == .ongoing else { return }
    let startedAt = row.startedAt ?? 0
    if let begin = known?.begin, known?.row.producer.id == row.producer.id,
      begin.startedAt == startedAt, begin.timeoutMilliseconds == row.timeoutMilliseconds
    {
      self.begin = begin
      return
    }
    let timeout = Int64(row.timeoutMilliseconds)
    let (elapsed, isBeyond) = turn.wallClock.subtractingReportingOverflow(startedAt)
    begin = Begin(
      startedAt: startedAt, timeoutMilliseconds: row.timeoutMilliseconds,
      deadline: turn.now + (isBeyond ? 0 : timeout - min(max(elapsed, 0), timeout)))
  }

  /// When the ongoing transaction is aborted.
  var deadline: Instant? { row.state == .ongoing ? begin?.deadline : nil }

  /// How much its end has to write: markers, and groups whose positions are committed.
  var endWeight: Int { row.partitions.count + row.groups.count }

  var isExhausted: Bool { row.producer.epoch >= Self.lastEpoch }

  /// Of the markers that end a transaction for good.
  var raisedEpoch: Int16 { isExhausted ? .max : row.producer.epoch + 1 }

  /// Whether the id may be forgotten, and since when nobody has used it.
  var unusedSince: Int64? { row.state == .ongoing ? nil : row.updatedAt }

  // MARK: Taking part

  /// Leave to write to the partitions in this transaction; begins one if none is ongoing.
  mutating func add(
    _ partitions: Set<PartitionID>, by producer: ProducerClaim, _ turn: inout TransactionTurn
  ) throws(TransactionRefusal) {
    try check(producer)
    if row.state == .ongoing, partitions.isSubset(of: row.partitions) { return }
    beginIfNone(turn)
    row.partitions.formUnion(partitions)
    write(&turn)
  }

  /// Leave to commit positions of a group in this transaction; begins one if none is ongoing.
  mutating func add(
    group: String, by producer: ProducerClaim, _ turn: inout TransactionTurn
  ) throws(TransactionRefusal) {
    try check(producer)
    let group = ExactText(group)
    if row.state == .ongoing, row.groups.contains(group) { return }
    guard row.groups.count < turn.settings.maxGroups else {
      throw TransactionRefusal(.policyViolation)
    }
    beginIfNone(turn)
    row.groups.insert(group)
    write(&turn)
  }

  /// For producers that have asked for leave before they write.
  func verify(_ partition: PartitionID, of producer: ProducerClaim) throws(TransactionRefusal) {
    try check(producer)
    guard row.state == .ongoing, row.partitions.contains(partition) else {
      throw TransactionRefusal(.transactionAbortable)
    }
  }

  func verify(group: String, of producer: ProducerClaim) throws(TransactionRefusal) {
    try check(producer)
    guard row.state == .ongoing, row.groups.contains(ExactText(group)) else {
      throw TransactionRefusal(.transactionAbortable)
    }
  }

  /// The epoch behind the last one is nobody's: it was raised to by fencing.
  func check(_ producer: ProducerClaim) throws(TransactionRefusal) {
    guard producer.id == row.producer.id else {
      throw TransactionRefusal(.invalidProducerIDMapping)
    }
    guard producer.epoch == row.producer.epoch, producer.epoch <= Self.lastEpoch else {
      throw TransactionRefusal(.producerFenced)
    }
  }

  private mutating func beginIfNone(_ turn: TransactionTurn) {
    guard row.state != .ongoing else { return }
    row.state = .ongoing
    row.startedAt = turn.wallClock
    begin = Begin(
      startedAt: turn.wallClock, timeoutMilliseconds: row.timeoutMilliseconds,
      deadline: turn.now + row.timeoutMilliseconds)
  }

  // MARK: What the other files of this type build on

  mutating func change(_ change: (inout TransactionRow) -> Void, _ turn: inout TransactionTurn) {
    change(&row)
    write(&turn)
  }

  /// The transaction is over: its markers carry `epoch`, and the id's producer is `next` from now on.
  mutating func finish(
    committing isCommit: Bool, markerEpoch epoch: Int16, next: ProducerClaim, lastEpoch: Int16?,
    _ turn: inout TransactionTurn
  ) {
    if !row.partitions.isEmpty || !row.groups.isEmpty {
      turn.note(
        TransactionEnd(
          transactionalID: row.transactionalID,
          marker: ProducerClaim(id: row.producer.id, epoch: epoch), isCommit: isCommit,
          partitions: row.partitions, groups: row.groups))
    }
    if next.id != row.producer.id { row.previousProducerID = row.producer.id }
    row.producer = next
    row.lastEpoch = lastEpoch
    row.state = isCommit ? .completeCommit : .completeAbort
    row.partitions = []
    row.groups = []
    row.startedAt = nil
    write(&turn)
  }

  private mutating func write(_ turn: inout TransactionTurn) {
    row.updatedAt = turn.wallClock
    turn.noteChange(of: row.transactionalID)
  }
}
