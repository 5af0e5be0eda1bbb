import ActaModel
import ClientCore
import KafkaWire
import Threads

// Transactions, as the coordinator of the transactional id is told of them.
extension ProducerEngine {
  typealias Done = (Result<Void, ClientFailure>) -> Void

  /// Since EndTxn v5 an end says who the producer is from then on.
  private static let tellsNextEpochSince: Int16 = 5

  // MARK: The id

  /// Takes the id over: whoever had it is fenced, and what it had begun is aborted.
  func initTransactions(until deadline: Int64, _ done: @escaping Done) {
    guard let id = settings.transactionalID, let coordinator else {
      return done(.failure(Self.noTransactionalID))
    }
    do throws(ClientFailure) {
      try transaction?.beginRegistering()
    } catch {
      return done(.failure(error))
    }
    let timeout = settings.transactionTimeoutMilliseconds
    var addsByWriting = false
    coordinator.send(until: deadline) { versions throws(ClientFailure) in
      // The coordinator speaks of what the whole cluster does.
      addsByWriting = versions.features["transaction.version", default: 0] >= 2
      var request = InitProducerIdRequest()
      request.transactionalID = id
      request.transactionTimeoutMilliseconds = timeout
      return (request, try versions.newest(of: .initProducerID))
    } code: {
      $0.errorCode
    } completion: { [weak self] answer in
      let claim = answer.flatMap { response in
        response.errorCode == .none
          ? Result<ProducerClaim, ClientFailure>.success(
            ProducerClaim(id: ProducerID(response.producerID), epoch: response.producerEpoch))
          : .failure(ClientFailure(response.errorCode, about: id).at(coordinator.node))
      }
      switch claim {
      case .success(let claim): self?.registered(claim, addsByWriting: addsByWriting)
      case .failure(let failure): self?.notRegistered(failure)
      }
      done(claim.map { _ in }.mapError { self?.asFarAsItGoes($0) ?? $0 })
    }
  }

  private func registered(_ claim: ProducerClaim, addsByWriting: Bool) {
    transaction?.registered(claim, addsByWriting: addsByWriting)
    sender.takeNext(claim)
    tellCallers()
  }

  private func notRegistered(_ failure: ClientFailure) {
    transaction?.notRegistered(failure)
    tellCallers()
  }

  private static let noTransactionalID = ClientFailure(
    .invalidArgument, "Transactions need a transactional.id.")

  // MARK: A transaction

  func beginTransaction(_ done: Done) {
    do throws(ClientFailure) {
      guard transaction != nil else { throw Self.noTransactionalID }
      try transaction?.begin()
      tellCallers()
      done(.success(()))
    } catch {
      done(.failure(error))
    }
  }

  /// From now on nothing more is taken; what was is to be settled, and then the transaction ended.
  func beginEnd(committing isCommit: Bool, _ done: Done) {
    do throws(ClientFailure) {
      guard transaction != nil else { throw Self.noTransactionalID }
      try transaction?.beginEnd(committing: isCommit)
      tellCallers()
      if !isCommit { dropTransaction() }
      done(.success(()))
    } catch {
      done(.failure(error))
    }
  }

  /// Ends the transaction, all of whose batches are settled.
  ///
  /// - Parameter limit: Milliseconds, for the coordinator to answer.
  func endTransaction(
    committing isCommit: Bool, withinMilliseconds limit: Int64, _ done: @escaping Done
  ) {
    // The coordinator would take a partition that comes behind the end for the next transaction's.
    if transaction?.isAdding == true {
      waitingForAdded.append { [weak self] in
        guard let self else {
          return done(.failure(ClientFailure(.closed, "The producer is closed.")))
        }
        endTransaction(committing: isCommit, withinMilliseconds: limit, done)
      }
      return
    }
    do throws(ClientFailure) {
      guard transaction != nil else { throw Self.noTransactionalID }
      let mustTell = try transaction?.end(committing: isCommit) ?? false
      guard mustTell else {
        transaction?.ended(next: nil)
        tellCallers()
        return done(.success(()))
      }
      sendEnd(isCommit, until: Clock.monotonicDeadline(afterMilliseconds: limit), done)
    } catch {
      done(.failure(error))
    }
  }

  /// Before another transaction begins, the last one is to be aborted (again).
  var mustAbortFirst: Bool {
    switch transaction?.phase {
    case .failed, .unsettled(committing: false, _): true
    default: false
    }
  }

  /// What the last transaction's end was to be, if it is not known what became of it.
  var unsettledEnd: Bool? {
    if case .unsettled(let isCommit, _) = transaction?.phase { isCommit } else { nil }
  }

  /// It is not asked any more what became of it.
  ///
  /// - Returns: What the program is told of it.
  func giveUpUnsettled() -> ClientFailure? {
    guard unsettledEnd != nil else { return nil }
    transaction?.giveUp()
    tellCallers()
    return transaction?.objection
  }

  private func sendEnd(_ isCommit: Bool, until deadline: Int64, _ done: @escaping Done) {
    guard let transaction, let claim = transaction.claim, let coordinator else { return }
    let id = transaction.transactionalID
    let newest = transaction.addsByWriting ? Int16.max : Self.tellsNextEpochSince - 1
    coordinator.send(until: deadline) { versions throws(ClientFailure) in
      var request = EndTxnRequest()
      request.transactionalID = id
      request.producerID = claim.id.value
      request.producerEpoch = claim.epoch
      request.committed = isCommit
      return (request, try versions.newest(of: .endTxn, upTo: newest))
    } code: {
      $0.errorCode
    } completion: { [weak self] answer in
      switch answer {
      case .success(let response) where response.errorCode == .none:
        let next =
          response.producerID < 0
          ? claim
          : ProducerClaim(id: ProducerID(response.producerID), epoch: response.producerEpoch)
        self?.ended(next)
        done(.success(()))
      case .success(let response):
        let failure = ClientFailure(response.errorCode, about: id).at(coordinator.node)
        self?.endFailed(isCommit, failure, done)
      case .failure(let failure): self?.endFailed(isCommit, failure, done)
      }
    }
  }

  private func endFailed(_ isCommit: Bool, _ failure: ClientFailure, _ done: Done) {
    transaction?.endFailed(committing: isCommit, failure)
    tellCallers()
    done(.failure(asFarAsItGoes(failure)))
  }

  /// What a failure means for the producer, which may be of no further use behind it.
  private func asFarAsItGoes(_ failure: ClientFailure) -> ClientFailure {
    if case .fatal(let told) = transaction?.phase { told } else { failure }
  }

  private func ended(_ next: ProducerClaim) {
    transaction?.ended(next: next)
    sender.takeNext(next)
    tellCallers()
  }

  /// What waits and what would be sent again is given up, because the transaction is aborted, or can only be.
  func dropTransaction(
    because failure: ClientFailure = ClientFailure(
      .transactionAborted, "The transaction was aborted before this was sent.")
  ) {
    sender.giveUp(buffer.withAccumulator { $0.takeAll() }, failure)
    sender.giveUpRepeats(failure)
    _ = sender.takeFailure()
    releaseSettled()
  }

  func transactionFailed(_ failure: ClientFailure) {
    transaction?.failed(failure)
    tellCallers()
  }

  /// Callers are refused as long as no transaction is open.
  func tellCallers() {
    guard let transaction else { return }
    buffer.object(transaction.objection)
  }

  // MARK: Its partitions

  /// TV1: the coordinator hears of a partition before it is written to.
  func add(_ partitions: [CorePartition]) {
    guard let unknown = transaction?.takeUnknown(partitions), !unknown.isEmpty,
      let transaction, let claim = transaction.claim, let coordinator
    else { return }
    let id = transaction.transactionalID
    coordinator.send(until: transactionDeadline) { versions throws(ClientFailure) in
      var request = AddPartitionsToTxnRequest()
      request.transactionalID = id
      request.producerID = claim.id.value
      request.producerEpoch = claim.epoch
      request.topics = AddPartitionsToTxnRequest.Topic.all(unknown)
      return (request, try versions.newest(of: .addPartitionsToTxn, upTo: 3))
    } code: {
      $0.firstFailure
    } completion: { [weak self] answer in
      self?.added(unknown, answer)
    }
  }

  private func added(
    _ partitions: [CorePartition], _ answer: Result<AddPartitionsToTxnResponse, ClientFailure>
  ) {
    switch answer {
    case .success(let response):
      let code = response.firstFailure
      if code == .none {
        transaction?.added(partitions)
      } else {
        giveUpTransaction(
          partitions,
          ClientFailure(code, about: settings.transactionalID ?? "").at(coordinator?.node))
      }
    case .failure(let failure): giveUpTransaction(partitions, failure)
    }
    wake()
    guard transaction?.isAdding == false else { return }
    let waiting = waitingForAdded
    waitingForAdded = []
    for end in waiting { end() }
  }

  private func giveUpTransaction(_ unknown: [CorePartition], _ failure: ClientFailure) {
    transaction?.notAdded(unknown)
    transactionFailed(failure)
    dropTransaction(because: failure)
  }

  var transactionDeadline: Int64 {
    Clock.monotonicMilliseconds() + settings.deliveryTimeoutMilliseconds
  }

  // MARK: Positions of a group

  /// Commits positions with the transaction.
  func sendOffsets(
    _ offsets: GroupPositions.Offsets, of groupID: String, as member: GroupPositions.Member,
    until deadline: Int64, _ done: @escaping Done
  ) {
    guard let transaction, let coordinator else { return done(.failure(Self.noTransactionalID)) }
    if let objection = transaction.objection { return done(.failure(objection)) }
    if offsets.isEmpty { return done(.success(())) }
    self.transaction?.noteWritten()
    if transaction.addsByWriting {
      return commit(offsets, of: groupID, as: member, until: deadline, done)
    }
    guard let claim = transaction.claim else { return }
    let id = transaction.transactionalID
    coordinator.send(until: deadline) { versions throws(ClientFailure) in
      var request = AddOffsetsToTxnRequest()
      request.transactionalID = id
      request.producerID = claim.id.value
      request.producerEpoch = claim.epoch
      request.groupID = groupID
      return (request, try versions.newest(of: .addOffsetsToTxn))
    } code: {
      $0.errorCode
    } completion: { [weak self] answer in
      guard let self else {
        return done(.failure(ClientFailure(.closed, "The producer is closed.")))
      }
      switch answer {
      case .success(let response) where response.errorCode == .none:
        commit(offsets, of: groupID, as: member, until: deadline, done)
      case .success(let response):
        fail(ClientFailure(response.errorCode, about: id).at(coordinator.node), done)
      case .failure(let failure): fail(failure, done)
      }
    }
  }

  private func commit(
    _ offsets: GroupPositions.Offsets, of groupID: String, as member: GroupPositions.Member,
    until deadline: Int64, _ done: @escaping Done
  ) {
    guard let transaction, let claim = transaction.claim else { return }
    let newest: Int16 = transaction.addsByWriting ? 5 : 4
    let request = TxnOffsetCommitRequest(
      transaction.transactionalID, claim, groupID, offsets, as: member)
    let coordinator = groupCoordinator(groupID)
    coordinator.send(until: deadline) { versions throws(ClientFailure) in
      (request, try versions.newest(of: .txnOffsetCommit, upTo: newest))
    } code: {
      $0.firstFailure
    } completion: { [weak self] answer in
      switch answer.map(\.firstFailure) {
      case .success(ErrorCode.none): done(.success(()))
      case .success(let code):
        self?.fail(ClientFailure(code, about: "group \(groupID)").at(coordinator.node), done)
      case .failure(let failure): self?.fail(failure, done)
      }
    }
  }

  private func fail(_ failure: ClientFailure, _ done: Done) {
    transactionFailed(failure)
    done(.failure(asFarAsItGoes(failure)))
  }
}

extension ClientFailure {
  fileprivate init(_ code: ErrorCode, about name: String) {
    let advice: String? =
      switch code {
      case .producerFenced, .invalidProducerEpoch:
        "another producer has taken the transactional.id over; this one must be closed"
      default: nil
      }
    self.init(
      .refused(code),
      "\(name): \(code)" + (advice.map { ": \($0)" } ?? ""))
  }
}
