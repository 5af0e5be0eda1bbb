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
    case ending
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
    case .failed(let failure), .fatal(let failure): failure
    }
  }

  // MARK: What the program does

  package mutating func registered(_ claim: ProducerClaim, addsByWriting: Bool) {
    self.claim = claim
    self.addsByWriting = addsByWriting
    clear()
    phase = .ready
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

  /// - Returns: Whether the coordinator has to be told.
  package mutating func beginEnd(committing isCommit: Bool) throws(ClientFailure) -> Bool {
    switch phase {
    case .open: break
    case .failed(let failure): if isCommit { throw failure }
    case .ready:
      throw ClientFailure(.invalidArgument, "No transaction is open: call beginTransaction().")
    case .unregistered, .ending, .fatal:
      throw objection ?? ClientFailure(.invalidArgument, "The transaction cannot end now.")
    }
    phase = .ending
    return hasBegun
  }

  /// - Parameter next: Who the producer is from now on, if the coordinator said so.
  package mutating func ended(next: ProducerClaim?) {
    if let next { claim = next }
    clear()
    phase = .ready
  }

  /// Something of the open transaction did not come to be, or its end.
  package mutating func failed(_ failure: ClientFailure) {
    switch phase {
    case .fatal: break
    case .unregistered where !Self.isFatal(failure): break
    default: phase = Self.isFatal(failure) ? .fatal(failure) : .failed(failure)
    }
  }

  private static func isFatal(_ failure: ClientFailure) -> Bool {
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

  /// A batch is sent, or positions.
  package mutating func noteWritten() { hasBegun = true }
}
