import ActaModel
import Coordination
import KafkaConfig
import KafkaWire
import LogStorage

/// OffsetCommit, versions 2–10: keeps how far a group has come (KafkaWire/PROTOCOL.md §12).
///
/// What one request commits is kept in one transaction. A position is not held against the log: a
/// group may be moved to where there is nothing yet.
///
/// Rights: READ of the group, and of each topic.
///
/// - v2–4: a retention time of the commit's own. v7: static members name themselves. v9: members of
///   consumer groups may commit, and a group that is not there is GROUP_ID_NOT_FOUND. v10: topics by
///   id; an unknown one is UNKNOWN_TOPIC_ID.
struct OffsetCommitHandler: Handler {
  let broker: Broker

  func handle(
    _ request: OffsetCommitRequest, _ context: RequestContext,
    respond: @escaping @Sendable (Outcome<OffsetCommitResponse>) -> Void
  ) {
    let topics = topics(of: request, context)
    let checked = check(request, topics)
    // A topic without partitions is told of where it is refused, as in Kafka.
    let told = zip(request.topics, topics).map { topic, found in
      !topic.partitions.isEmpty || (try? found.get()) == nil
    }
    let finish: @Sendable ([ErrorCode]) -> Void = { codes in
      respond(.response(Self.response(to: request, told, checked, codes)))
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

  /// One for each topic of the request.
  private func topics(
    of request: OffsetCommitRequest, _ context: RequestContext
  ) -> [Checked<Topic>] {
    let group = Result { () throws(ProtocolError) in
      try context.session.require(.read, .group(request.groupID))
    }
    return request.topics.map { topic in
      group.flatMap {
        Result { () throws(ProtocolError) in
          try broker.topic(
            named: topic.name, id: topic.topicID, byID: context.version >= 10, to: .read,
            for: context.session)
        }
      }
    }
  }

  /// One for each partition of the request.
  private func check(
    _ request: OffsetCommitRequest, _ topics: [Checked<Topic>]
  ) -> [Checked<PositionToCommit>] {
    zip(request.topics, topics).flatMap { topic, found in
      topic.partitions.map { partition in
        Result { () throws(ProtocolError) in
          try PositionToCommit(partition, of: try found.get(), broker)
        }
      }
    }
  }

  // MARK: On the writing thread

  /// One code for each position.
  private func commit(
    _ positions: [PositionToCommit], _ request: OffsetCommitRequest, _ context: RequestContext,
    _ coordinator: inout GroupCoordinator, _ turn: inout Turn,
    _ rows: any LogTurn
  ) throws -> [ErrorCode] {
    let admission = coordinator.admitCommit(
      CommitRequest(
        groupID: request.groupID, memberID: request.memberID, instanceID: request.groupInstanceID,
        generation: request.generationIDOrMemberEpoch, knowsConsumerGroups: context.version >= 9),
      &turn)
    // Positions need the row of their group, which this request may have made.
    try turn.write(to: rows)
    switch admission {
    case .failure(let refusal): return positions.map { _ in refusal.code }
    case .success(let permit):
      let committer = committer(of: request, context, permit.source)
      let expiresAt = Self.expiry(
        committedAt: rows.now, retention: request.retentionTimeMilliseconds)
      return try positions.commit(
        of: request.groupID, permit,
        maxMetadataBytes: broker.config.groups.offsetMetadataMaxBytes, expiresAt: expiresAt
      ) { try rows.commit($0, of: request.groupID, by: committer) }
    }
  }

  private func committer(
    of request: OffsetCommitRequest, _ context: RequestContext, _ source: CommitSource
  ) -> Committer {
    var committer = context.session.committer(source)
    committer.memberID = request.memberID
    committer.instanceID = request.groupInstanceID
    committer.generation = request.generationIDOrMemberEpoch
    return committer
  }

  /// `nil` when the broker's own setting holds, which -1 asks for.
  private static func expiry(committedAt: Int64, retention: Int64) -> Int64? {
    guard retention >= 0 else { return nil }
    let (sum, isTooFar) = committedAt.addingReportingOverflow(retention)
    return isTooFar ? .max : sum
  }

  // MARK: The answer

  /// - Parameter told: Of each topic whether it is in the answer.
  /// - Parameter codes: One for each position that passed its check.
  private static func response(
    to request: OffsetCommitRequest, _ told: [Bool], _ checked: [Checked<PositionToCommit>],
    _ codes: [ErrorCode]
  ) -> OffsetCommitResponse {
    var checks = checked.makeIterator()
    var settled = codes.makeIterator()
    var response = OffsetCommitResponse()
    response.topics = zip(request.topics, told).lazy.filter(\.1).map { topic, _ in
      var answer = OffsetCommitResponse.Topic()
      answer.name = topic.name
      answer.topicID = topic.topicID
      answer.partitions = topic.partitions.map { partition in
        var data = OffsetCommitResponse.Partition()
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
