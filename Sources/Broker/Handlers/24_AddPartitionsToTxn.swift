import ActaModel
import Coordination
import KafkaWire

/// AddPartitionsToTxn, versions 0–5: takes partitions into a transaction, which it begins if none is ongoing
/// (KafkaWire/PROTOCOL.md §15). All of a transaction's partitions, or none: where one may not be added the
/// others are OPERATION_NOT_ATTEMPTED.
///
/// Rights: up to v3 WRITE of the transactional id, and of each topic; later CLUSTER_ACTION.
///
/// - v2: PRODUCER_FENCED, which before is INVALID_PRODUCER_EPOCH. v4: many transactions, and to look instead
///   of adding, as brokers ask each other: TRANSACTION_ABORTABLE for what is not in the transaction.
struct AddPartitionsToTxnHandler: Handler {
  /// About as many are added in one turn of the log, and produces wait for it; those of one transaction are
  /// added together.
  private static let partitionsPerSlice = 1_000

  let broker: Broker

  func handle(
    _ request: AddPartitionsToTxnRequest, _ context: RequestContext,
    respond: @escaping @Sendable (Outcome<AddPartitionsToTxnResponse>) -> Void
  ) {
    let asked = context.version < 4 ? [.init(request)] : request.transactions
    let codes: [Codes]
    do throws(ProtocolError) {
      codes = try check(asked, context)
    } catch {
      return respond(.response(.refusal(of: asked, error.code, version: context.version)))
    }
    settle(zip(asked, codes).map(Asked.init)[...], settled: []) { result in
      switch result {
      case .success(let codes):
        respond(.response(.init(asked, codes.map(\.wire), version: context.version)))
      case .failure(let error):
        respond(.response(.refusal(of: asked, error.code, version: context.version)))
      }
    }
  }

  // MARK: Before the turn

  /// What becomes of each partition of one transaction.
  private struct Codes: Sendable {
    fileprivate let version: Int16
    private let checked: [Checked<PartitionID>]
    private var settled: [ErrorCode]?

    init(_ checked: [Checked<PartitionID>], version: Int16) {
      self.checked = checked
      self.version = version
    }

    var count: Int { checked.count }

    /// `nil` if one of them may not be added.
    var admitted: [PartitionID]? {
      let partitions = checked.compactMap { try? $0.get() }
      return partitions.count == checked.count ? partitions : nil
    }

    mutating func settle(_ codes: [ErrorCode]) { settled = codes }

    /// Nothing is known of what was admitted, but that it was not added.
    func refused(_ code: ErrorCode) -> Codes {
      var refused = self
      if admitted != nil { refused.settle(checked.map { _ in code }) }
      return refused
    }

    var wire: [ErrorCode] {
      let codes =
        settled
        ?? checked.map { check in
          switch check {
          case .success: .operationNotAttempted
          case .failure(let error): error.code
          }
        }
      return codes.map { $0.toCoordinatorsClient(version: version, fencedSince: 2) }
    }
  }

  private func check(
    _ asked: [AddPartitionsToTxnRequest.Transaction], _ context: RequestContext
  ) throws(ProtocolError) -> [Codes] {
    let (session, version) = (context.session, context.version)
    if version >= 4 { try session.require(.clusterAction, .cluster) }
    var all: [Codes] = []
    for transaction in asked {
      if version < 4 { try session.require(.write, .transactionalID(transaction.transactionalID)) }
      let checked = transaction.topics.flatMap { topic in
        let found = Result { () throws(ProtocolError) in
          try version < 4
            ? broker.topic(named: topic.name, to: .write, for: session)
            : broker.topic(named: topic.name)
        }
        return topic.partitions.map { number in
          found.flatMap { topic in
            Result { () throws(ProtocolError) in try broker.partition(number, of: topic) }
          }
        }
      }
      all.append(Codes(checked, version: version))
    }
    return all
  }

  // MARK: On the writing thread

  /// One transaction, and what is known of its partitions before the turn.
  private struct Asked: Sendable {
    let transaction: AddPartitionsToTxnRequest.Transaction
    let codes: Codes
  }

  /// A slice of the transactions after the other. It fails if nothing of it was kept.
  private func settle(
    _ asked: ArraySlice<Asked>, settled: [Codes],
    completion: @escaping @Sendable (Checked<[Codes]>) -> Void
  ) {
    var weight = 0
    let slice = asked.prefix { asked in
      defer { weight += max(1, asked.codes.count) }
      return weight < Self.partitionsPerSlice
    }
    guard !slice.isEmpty else { return completion(.success(settled)) }
    broker.transactions.perform { coordinator, turn, _ in
      try slice.map { asked in
        var codes = asked.codes
        if let partitions = codes.admitted {
          codes.settle(try Self.settle(asked.transaction, partitions, &coordinator, &turn))
        }
        return codes
      }
    } completion: { result in
      switch result {
      case .success(let codes):
        settle(asked.dropFirst(slice.count), settled: settled + codes, completion: completion)
      case .failure(let error) where settled.isEmpty: completion(.failure(error))
      case .failure(let error):
        completion(.success(settled + asked.map { $0.codes.refused(error.code) }))
      }
    }
  }

  private static func settle(
    _ asked: AddPartitionsToTxnRequest.Transaction, _ partitions: [PartitionID],
    _ coordinator: inout TransactionCoordinator, _ turn: inout TransactionTurn
  ) throws -> [ErrorCode] {
    let producer = ProducerClaim(id: ProducerID(asked.producerID), epoch: asked.producerEpoch)
    let transactionalID = asked.transactionalID
    if asked.verifyOnly {
      return partitions.map { partition in
        do throws(TransactionRefusal) {
          try coordinator.verify(partition, in: transactionalID, of: producer)
          return .none
        } catch {
          return error.code
        }
      }
    }
    do {
      try coordinator.add(Set(partitions), to: transactionalID, by: producer, &turn)
      return partitions.map { _ in .none }
    } catch let refusal as TransactionRefusal {
      return partitions.map { _ in refusal.code }
    }
  }
}

extension AddPartitionsToTxnRequest.Transaction {
  /// What a client asks up to v3.
  fileprivate init(_ request: AddPartitionsToTxnRequest) {
    self.init()
    transactionalID = request.transactionalID
    producerID = request.producerID
    producerEpoch = request.producerEpoch
    topics = request.topics
  }
}

extension AddPartitionsToTxnResponse {
  /// - Parameter codes: For each transaction one for each of its partitions.
  fileprivate init(
    _ asked: [AddPartitionsToTxnRequest.Transaction], _ codes: [[ErrorCode]], version: Int16
  ) {
    self.init()
    let transactions = zip(asked, codes).map { asked, codes in
      var next = codes.makeIterator()
      var transaction = Transaction()
      transaction.transactionalID = asked.transactionalID
      transaction.topics = asked.topics.map { asked in
        var topic = Topic()
        topic.name = asked.name
        topic.partitions = asked.partitions.map { number in
          var partition = Partition()
          partition.partitionIndex = number
          partition.errorCode = next.next() ?? .unknownServerError
          return partition
        }
        return topic
      }
      return transaction
    }
    if version >= 4 {
      resultsByTransaction = transactions
    } else {
      results = transactions.flatMap(\.topics)
    }
  }

  fileprivate static func refusal(
    of asked: [AddPartitionsToTxnRequest.Transaction], _ code: ErrorCode, version: Int16
  ) -> Self {
    guard version >= 4 else {
      let codes = asked.map { $0.topics.flatMap { $0.partitions.map { _ in code } } }
      return Self(asked, codes, version: version)
    }
    var response = Self()
    response.errorCode = code
    return response
  }
}
