import ActaModel
import Coordination
import KafkaConfig
import KafkaWire
import LogStorage

/// TxnOffsetCommit, versions 0–6: keeps how far a group has come, to be seen once the transaction is committed
/// (KafkaWire/PROTOCOL.md §15).
///
/// The transaction is asked before the group, and what is kept is kept in the same turn. A client that names
/// no member is let in whatever members there are: the first clients could not name any. Positions beyond what
/// one turn can end (10,000 of a producer) are POLICY_VIOLATION.
///
/// Rights: WRITE of the transactional id, READ of the group, and of each topic.
///
/// - v3: members name themselves, and are checked. v4: TRANSACTION_ABORTABLE, which before is
///   INVALID_TXN_STATE. v5: committing takes the group into the transaction. v6: topics by id;
///   GROUP_ID_NOT_FOUND and STALE_MEMBER_EPOCH, which before are ILLEGAL_GENERATION.
struct TxnOffsetCommitHandler: Handler {
  let broker: Broker

  func handle(
    _ request: TxnOffsetCommitRequest, _ context: RequestContext,
    respond: @escaping @Sendable (Outcome<TxnOffsetCommitResponse>) -> Void
  ) {
    let checked = check(request, context)
    let finish: @Sendable ([ErrorCode]) -> Void = { codes in
      respond(.response(Self.response(to: request, checked, codes)))
    }
    let positions = checked.compactMap { try? $0.get() }
    guard !positions.isEmpty else { return finish([]) }
    broker.groups.perform { coordinator, turn, rows -> [ErrorCode] in
      try commit(positions, request, context, &coordinator, &turn, rows)
    } completion: { result in
      context.connection.executor.run {
        switch result {
        case .success(let codes): finish(codes)
        case .failure(let error): finish(positions.map { _ in error.code })
        }
      }
    }
  }

  /// One for each partition of the request.
  private func check(
    _ request: TxnOffsetCommitRequest, _ context: RequestContext
  ) -> [Checked<PositionToCommit>] {
    let right = Result { () throws(ProtocolError) in
      try context.session.require(.write, .transactionalID(request.transactionalID))
      try context.session.require(.read, .group(request.groupID))
      if request.groupID.isEmpty || request.groupID.utf8.contains(0) {
        throw ProtocolError(.invalidGroupID)
      }
    }
    return request.topics.flatMap { topic in
      let found = right.flatMap {
        Result { () throws(ProtocolError) in
          try broker.topic(
            named: topic.name, id: topic.topicID, byID: context.version >= 6, to: .read,
            for: context.session)
        }
      }
      return topic.partitions.map { partition in
        Result { () throws(ProtocolError) in
          try PositionToCommit(partition, of: try found.get(), broker)
        }
      }
    }
  }

  // MARK: On the writing thread

  /// One code for each position.
  private func commit(
    _ positions: [PositionToCommit], _ request: TxnOffsetCommitRequest, _ context: RequestContext,
    _ coordinator: inout GroupCoordinator, _ turn: inout Turn, _ rows: any LogTurn
  ) throws -> [ErrorCode] {
    let producer = ProducerClaim(id: ProducerID(request.producerID), epoch: request.producerEpoch)
    let leave = try leave(for: request, of: producer, version: context.version, rows)
    if case .failure(let refusal) = leave {
      let code = refusal.code.toTransactionalWriter(version: context.version, abortableSince: 4)
      return positions.map { _ in code }
    }
    let admission = coordinator.admitCommit(
      CommitRequest(
        groupID: request.groupID, memberID: request.memberID, instanceID: request.groupInstanceID,
        generation: request.generationIDOrMemberEpoch, knowsConsumerGroups: context.version >= 6,
        isTransactional: true),
      &turn)
    // Positions need the row of their group, which this request may have made.
    try turn.write(to: rows)
    switch admission {
    case .failure(let refusal):
      return positions.map { _ in Self.told(refusal.code, version: context.version) }
    case .success(let permit):
      let committer = committer(of: request, context.session)
      return try positions.commit(
        of: request.groupID, permit,
        maxMetadataBytes: broker.config.groups.offsetMetadataMaxBytes
      ) { try rows.hold($0, of: request.groupID, by: committer) }
      .map { Self.told($0, version: context.version) }
    }
  }

  private func leave(
    for request: TxnOffsetCommitRequest, of producer: ProducerClaim, version: Int16,
    _ rows: any LogTurn
  ) throws -> Result<Void, TransactionRefusal> {
    try broker.transactions.turn(in: rows) { coordinator, turn, _ in
      if version >= 5 {
        try coordinator.add(
          group: request.groupID, to: request.transactionalID, by: producer, &turn)
      } else {
        try coordinator.verify(
          group: request.groupID, in: request.transactionalID, of: producer)
      }
    }
  }

  private static func told(_ code: ErrorCode, version: Int16) -> ErrorCode {
    code == .staleMemberEpoch && version < 6 ? .illegalGeneration : code
  }

  private func committer(of request: TxnOffsetCommitRequest, _ session: Session) -> Committer {
    var committer = session.committer(.transaction)
    committer.memberID = request.memberID
    committer.instanceID = request.groupInstanceID
    committer.generation = request.generationIDOrMemberEpoch
    committer.transactionalID = request.transactionalID
    committer.producerID = ProducerID(request.producerID)
    return committer
  }

  // MARK: The answer

  /// - Parameter codes: One for each position that passed its check.
  private static func response(
    to request: TxnOffsetCommitRequest, _ checked: [Checked<PositionToCommit>], _ codes: [ErrorCode]
  ) -> TxnOffsetCommitResponse {
    var checks = checked.makeIterator()
    var settled = codes.makeIterator()
    var response = TxnOffsetCommitResponse()
    response.topics = request.topics.lazy.filter { !$0.partitions.isEmpty }.map { topic in
      var answer = TxnOffsetCommitResponse.Topic()
      answer.name = topic.name
      answer.topicID = topic.topicID
      answer.partitions = topic.partitions.map { partition in
        var data = TxnOffsetCommitResponse.Partition()
        data.partitionIndex = partition.partitionIndex
        switch checks.next() {
        case .failure(let error): data.errorCode = error.code
        case .success, nil: data.errorCode = settled.next() ?? .unknownServerError
        }
        return data
      }
      return answer
    }
    return response
  }
}
