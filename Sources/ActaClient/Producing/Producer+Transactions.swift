import ClientCore
import Threads

/// All or nothing: what is sent between `beginTransaction` and `commitTransaction`, to however many partitions, is
/// seen by consumers with `readCommitted` when it has been committed, or never. A producer with a
/// `transactionalID` has taken the id over when `initTransactions` returns: an earlier one with the same id is
/// fenced, and what it had begun is aborted.
///
/// ```swift
/// try await producer.initTransactions()
/// while !Task.isCancelled {
///   let records = try await consumer.poll(withinMilliseconds: 1_000)
///   do {
///     try await producer.withTransaction {
///       for record in records { try await producer.enqueue(transform(record)) }
///       try await producer.commitPositions(of: consumer)
///     }
///   } catch let error as KafkaError where !error.isFatal {
///     try await consumer.seekToCommitted()  // It was aborted: these records once more.
///   }
/// }
/// ```
extension Producer {
  /// Takes the transactional id over. Once, before the first transaction.
  ///
  /// - Throws: `KafkaError` without a `transactionalID`, and when the coordinator has not answered within
  ///   `maxBlockMilliseconds`; then it may be called again.
  public func initTransactions() async throws(KafkaError) {
    let deadline = Clock.monotonicDeadline(afterMilliseconds: core.maxBlockMilliseconds)
    try await ask { engine, answer in
      engine.initTransactions(until: deadline) { answer($0) }
    }
  }

  /// Begins a transaction; what is sent from now on belongs to it.
  ///
  /// - Throws: `KafkaError` before `initTransactions`, and while another one has not ended.
  public func beginTransaction() async throws(KafkaError) {
    try await ask { engine, answer in engine.beginTransaction { answer($0) } }
  }

  /// Takes nothing more, sends what is left, and commits.
  ///
  /// - Throws: `KafkaError` if something of the transaction has failed: it must be aborted then. When the coordinator
  ///   has not answered within `maxBlockMilliseconds` it is not known whether the transaction is committed: nothing
  ///   but this may be called then, until it is. One that `isFatal` says that another producer has the id.
  public func commitTransaction() async throws(KafkaError) {
    try await end(committing: true)
  }

  /// Takes nothing more, gives up what is not sent, and aborts.
  ///
  /// - Throws: `KafkaError` where no transaction is open, and when the coordinator has not answered within
  ///   `maxBlockMilliseconds`: this is to be called again then. One that `isFatal` says that another producer has the
  ///   id.
  public func abortTransaction() async throws(KafkaError) {
    try await end(committing: false)
  }

  private func end(committing isCommit: Bool) async throws(KafkaError) {
    try await ask { engine, answer in engine.beginEnd(committing: isCommit) { answer($0) } }
    try await flush()
    let limit = core.maxBlockMilliseconds
    try await ask { engine, answer in
      engine.endTransaction(committing: isCommit, withinMilliseconds: limit) { answer($0) }
    }
  }

  /// Runs `body` in a transaction, which is committed behind it, or aborted if it throws.
  ///
  /// The commit is asked for twice where the coordinator does not answer within `maxBlockMilliseconds`. When it is not
  /// known even then whether the transaction is committed, the error that is thrown `isFatal`: the producer must be
  /// closed, and another one with the same id settles it (`initTransactions`). After any other error nothing of
  /// the transaction is seen by consumers with `readCommitted`, and this may be called again.
  ///
  /// - Throws: What `body` throws, and as `commitTransaction`.
  public func withTransaction<Result: Sendable>(
    _ body: () async throws -> Result
  ) async throws -> Result {
    // An earlier one that threw may not be aborted yet.
    let mustAbort = try await ask { engine, answer in answer(.success(engine.mustAbortFirst)) }
    if mustAbort { try await abortTransaction() }
    try await beginTransaction()
    do {
      let result = try await body()
      try await commit()
      return result
    } catch {
      if (error as? KafkaError)?.isFatal != true {
        do throws(KafkaError) {
          try await abortTransaction()
        } catch let failure where failure.isFatal {
          throw failure
        } catch {
          // What was thrown first says more; the next transaction aborts this one, or its time runs out.
        }
      }
      throw error
    }
  }

  /// - Throws: As `commitTransaction`, but when it is not known whether the transaction is committed the error `isFatal`.
  private func commit() async throws(KafkaError) {
    do throws(KafkaError) {
      return try await commitTransaction()
    } catch {
      guard try await unsettledEnd() == true else { throw error }
    }
    do throws(KafkaError) {
      try await commitTransaction()
    } catch {
      let failure = try await ask { engine, answer in answer(.success(engine.giveUpUnsettled())) }
      throw failure.map { KafkaError($0) } ?? error
    }
  }

  private func unsettledEnd() async throws(KafkaError) -> Bool? {
    try await ask { engine, answer in answer(.success(engine.unsettledEnd)) }
  }

  /// Commits with the transaction how far the consumer's records were taken. The consumer's own commits must be off
  /// (`enableAutoCommit`).
  ///
  /// - Throws: `KafkaError`, also behind a loop over records that was left, and with it the group: this belongs into the
  ///   loop, or between calls of `poll`.
  public func commitPositions<K, V>(of consumer: Consumer<K, V>) async throws(KafkaError) {
    let (offsets, groupID, member) = try await consumer.positionsToCommit()
    try await commit(offsets, of: groupID, as: member)
  }

  /// Commits positions of a group with the transaction, as nobody in particular: a group with members refuses.
  ///
  /// - Throws: `KafkaError`, also outside of a transaction.
  public func commitPositions(
    _ offsets: [TopicPartition: OffsetAndMetadata], ofGroup groupID: String
  ) async throws(KafkaError) {
    let offsets = Dictionary(
      offsets.map { (CorePartition($0.key), $0.value) }, uniquingKeysWith: { first, _ in first })
    try await commit(offsets, of: groupID, as: GroupPositions.Member())
  }

  private func commit(
    _ offsets: GroupPositions.Offsets, of groupID: String, as member: GroupPositions.Member
  ) async throws(KafkaError) {
    let deadline = Clock.monotonicDeadline(afterMilliseconds: core.maxBlockMilliseconds)
    try await ask { engine, answer in
      engine.sendOffsets(offsets, of: groupID, as: member, until: deadline) { answer($0) }
    }
  }

  private func ask<R: Sendable>(
    _ body:
      @escaping @Sendable (
        ProducerEngine, @escaping @Sendable (Swift.Result<R, ClientFailure>) -> Void
      ) -> Void
  ) async throws(KafkaError) -> R {
    do throws(ClientFailure) {
      return try await core.life.working().ask(body)
    } catch {
      throw KafkaError(error)
    }
  }
}

extension Consumer {
  /// What a transaction commits of it, and as whom.
  func positionsToCommit() async throws(KafkaError) -> (
    GroupPositions.Offsets, String, GroupPositions.Member
  ) {
    try requirePresence()
    let offsets = core.buffer.delivered
    do throws(ClientFailure) {
      let (groupID, member) = try await core.life.working().ask { engine, answer in
        answer(engine.groupMember)
      }
      return (offsets, groupID, member)
    } catch {
      throw KafkaError(error)
    }
  }
}
