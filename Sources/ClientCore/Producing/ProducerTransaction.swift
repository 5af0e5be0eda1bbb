package import ActaModel

/// Where a producer with a transactional id is (KafkaWire/PROTOCOL.md §15), by either generation of the protocol.
///
/// With the first (TV1) a partition is added to the transaction before it is written to, and the producer's epoch
/// stays; with the second (TV2, KIP-890) writing adds it, and every end gives a new epoch.
package struct ProducerTransaction: Sendable {
  package enum Phase: Equatable, Sendable {
    /// The id has not been taken over.
    case unregistered
    case ready
    case open
    /// Something of it has failed: it can only be aborted.
    case failed(ClientFailure)
    /// Nothing more is taken; what was taken before is settled, and then the coordinator is told.
    case ending(committing: Bool)
    /// The coordinator was asked to end it, and has not answered: it is asked for the same once more.
    case unsettled(committing: Bool, ClientFailure)
    /// Another producer has the id, or nothing can be said of the last transaction.
    case fatal(ClientFailure)
  }

  package let transactionalID: String
  package private(set) var phase = Phase.unregistered
  package private(set) var claim: ProducerClaim?
  /// TV2.
  package private(set) var addsByWriting = false
  /// TV1: what the coordinator knows to be written to.
  private var added: Set<TopicPartition> = []
  private var adding: Set<TopicPartition> = []
  private var isRegistering = false
  /// Whether the coordinator knows of a transaction, or may.
  private var hasBegun = false

  package init(_ transactionalID: String) { self.transactionalID = transactionalID }

  /// Why nothing can be sent now.
  package var objection: ClientFailure? {
    switch phase {
    case .open: nil
    case .unregistered:
      ClientFailure(
        .invalidArgument,
        "The producer has a transactional.id: call initTransactions() first, then beginTransaction()."
      )
    case .ready:
      ClientFailure(
        .invalidArgument, "No transaction is open: call beginTransaction(), or use withTransaction."
      )
    case .ending: ClientFailure(.invalidArgument, "The transaction is being ended.")
    case .unsettled(let isCommit, let failure): Self.unsettled(isCommit, failure)
    case .failed(let failure), .fatal(let failure): failure
    }
  }

  private static func unsettled(_ isCommit: Bool, _ failure: ClientFailure) -> ClientFailure {
    let (done, call) =
      isCommit ? ("committed", "commitTransaction()") : ("aborted", "abortTransaction()")
    return ClientFailure(
      .invalidArgument,
      "Whether the last transaction was \(done) is not known (\(failure.sentence)): call \(call) again."
    )
  }

  // MARK: What the program does

  /// The id is about to be taken over.
  package mutating func beginRegistering() throws(ClientFailure) {
    if case .fatal(let failure) = phase { throw failure }
    guard phase == .unregistered, !isRegistering else {
      throw ClientFailure(
        .invalidArgument, "initTransactions() is called once, before the first transaction.")
    }
    isRegistering = true
  }

  package mutating func registered(_ claim: ProducerClaim, addsByWriting: Bool) {
    self.claim = claim
    self.addsByWriting = addsByWriting
    isRegistering = false
    clear()
    phase = .ready
  }

  /// The id has not been taken over.
  package mutating func notRegistered(_ failure: ClientFailure) {
    isRegistering = false
    if Self.isFatal(failure) { phase = .fatal(failure.endingClient()) }
  }

  package mutating func begin() throws(ClientFailure) {
    guard case .ready = phase else {
      if case .open = phase {
        throw ClientFailure(
          .invalidArgument, "A transaction is open already: commit or abort it first.")
      }
      throw objection ?? ClientFailure(.invalidArgument, "A transaction cannot begin now.")
    }
    phase = .open
  }

  /// From now on nothing more is taken.
  package mutating func beginEnd(committing isCommit: Bool) throws(ClientFailure) {
    switch phase {
    case .open: break
    case .failed(let failure): if isCommit { throw failure }
    case .unsettled(isCommit, _): break
    case .ready:
      throw ClientFailure(.invalidArgument, "No transaction is open: call beginTransaction().")
    case .unregistered, .ending, .unsettled, .fatal:
      throw objection ?? ClientFailure(.invalidArgument, "The transaction cannot end now.")
    }
    phase = .ending(committing: isCommit)
  }

  /// All that was taken is settled.
  ///
  /// - Returns: Whether the coordinator has to be told.
  package func end(committing isCommit: Bool) throws(ClientFailure) -> Bool {
    if phase == .ending(committing: isCommit) { return hasBegun }
    throw objection ?? ClientFailure(.invalidArgument, "The transaction cannot end now.")
  }

  /// - Parameter next: Who the producer is from now on, if the coordinator said so.
  package mutating func ended(next: ProducerClaim?) {
    if let next { claim = next }
    clear()
    phase = .ready
  }

  /// The coordinator has refused the end, or not answered.
  package mutating func endFailed(committing isCommit: Bool, _ failure: ClientFailure) {
    switch failure.reason {
    case _ where Self.isFatal(failure): phase = .fatal(failure.endingClient())
    // As far as it knows there is nothing to end, or the end was another.
    case .refused(.invalidTxnState): phase = .fatal(failure.endingClient())
    case .refused where !failure.isRetriable: phase = .failed(failure)
    default: phase = .unsettled(committing: isCommit, failure)
    }
  }

  /// Nobody will ask any more what became of a commit.
  package mutating func giveUp() {
    if case .unsettled(let isCommit, let failure) = phase {
      var told = failure.endingClient()
      let done = isCommit ? "committed" : "aborted"
      told.sentence =
        "Whether the transaction was \(done) is not known: \(failure.sentence). Whoever takes"
        + " \(transactionalID) over next settles it (initTransactions)."
      phase = .fatal(told)
    }
  }

  /// Something of the open transaction did not come to be.
  package mutating func failed(_ failure: ClientFailure) {
    switch phase {
    case .fatal: break
    case _ where Self.isFatal(failure): phase = .fatal(failure.endingClient())
    // What is aborted anyway may fail.
    case .unregistered, .ready, .ending(committing: false), .unsettled: break
    case .open, .failed, .ending(committing: true): phase = .failed(failure)
    }
  }

  /// Whether a producer with a transactional id that is told so can only be closed.
  static func isFatal(_ failure: ClientFailure) -> Bool {
    guard case .refused(let code) = failure.reason else { return failure.reason == .closed }
    return [
      .producerFenced, .invalidProducerEpoch, .invalidProducerIDMapping,
      .transactionalIDAuthorizationFailed, .transactionCoordinatorFenced, .unsupportedVersion,
    ].contains(code)
  }

  private mutating func clear() {
    added = []
    adding = []
    hasBegun = false
  }

  // MARK: What is written to

  /// Whether batches of the partition may be sent.
  package func admits(_ partition: TopicPartition) -> Bool {
    addsByWriting || added.contains(partition)
  }

  /// Whether the coordinator is being told of some.
  package var isAdding: Bool { !adding.isEmpty }

  /// Those of which the coordinator is to be told first; they count as told of from now on.
  package mutating func takeUnknown(_ partitions: [TopicPartition]) -> [TopicPartition] {
    if addsByWriting { return [] }
    let unknown = partitions.filter { !added.contains($0) && !adding.contains($0) }
    adding.formUnion(unknown)
    if !unknown.isEmpty { hasBegun = true }
    return unknown
  }

  package mutating func added(_ partitions: [TopicPartition]) {
    added.formUnion(partitions)
    adding.subtract(partitions)
  }

  package mutating func notAdded(_ partitions: [TopicPartition]) { adding.subtract(partitions) }

  /// A batch is sent, or positions.
  package mutating func noteWritten() { hasBegun = true }
}
