import ActaModel
import Coordination
import KafkaWire
import LogStorage

/// OffsetFetch, versions 1–10: how far groups have come (KafkaWire/PROTOCOL.md §12).
///
/// No position, an unknown group and an unknown topic name are all -1 without an error. Stable
/// offsets (v7) are all there are: nothing is committed by halves.
///
/// Rights: DESCRIBE of each group, and of each topic; who asks for all does not see topics without.
///
/// - v1: an error of the group stands at every partition. v2: it has a field, and null asks for all
///   partitions. v8: many groups, each with its error. v9: members of consumer groups name their
///   epoch, which is checked. v10: topics by id; an unknown one is UNKNOWN_TOPIC_ID.
struct OffsetFetchHandler: Handler {
  let broker: Broker

  func handle(
    _ request: OffsetFetchRequest, _ context: RequestContext,
    respond: @escaping @Sendable (Outcome<OffsetFetchResponse>) -> Void
  ) {
    let asked = context.version >= 8 ? request.groups : [OffsetFetchRequest.Group(request)]
    let byID = context.version >= 10
    let rights = asked.map { self.rights(to: $0, byID: byID, context.session) }
    broker.groups.perform { coordinator, _, rows in
      try zip(asked, rights).map {
        try positions(of: $0, $1, byID: byID, coordinator, rows)
      }
    } completion: { result in
      let groups: [OffsetFetchResponse.Group]
      switch result {
      case .success(let found):
        groups = zip(asked, found).map { Self.visible($1, of: $0, to: context.session) }
      case .failure(let error): groups = asked.map { .refusal(of: $0.groupID, error.code) }
      }
      respond(
        .response(OffsetFetchResponse(groups, to: request, version: context.version)))
    }
  }

  // MARK: Rights

  /// What the session may not see of a group.
  private struct Rights: Sendable {
    var group = ErrorCode.none
    /// One for each topic that the group was asked for.
    var topics: [ErrorCode] = []
  }

  private func rights(
    to asked: OffsetFetchRequest.Group, byID: Bool, _ session: Session
  ) -> Rights {
    guard session.authorize(.describe, .group(asked.groupID)) else {
      return Rights(group: .groupAuthorizationFailed)
    }
    let catalog = broker.storage.catalog()
    let topics = (asked.topics ?? []).map { topic -> ErrorCode in
      guard let name = byID ? catalog[id: topic.topicID]?.name : topic.name else {
        return .unknownTopicID
      }
      return session.authorize(.describe, .topic(name)) ? .none : .topicAuthorizationFailed
    }
    return Rights(topics: topics)
  }

  /// Leaves out what was found by asking for all and must not be seen.
  private static func visible(
    _ found: OffsetFetchResponse.Group, of asked: OffsetFetchRequest.Group, to session: Session
  ) -> OffsetFetchResponse.Group {
    guard asked.topics == nil else { return found }
    var visible = found
    visible.topics.removeAll { !session.authorize(.describe, .topic($0.name)) }
    return visible
  }

  // MARK: On the writing thread

  private func positions(
    of group: OffsetFetchRequest.Group, _ rights: Rights, byID: Bool,
    _ coordinator: borrowing GroupCoordinator, _ rows: any LogTurn
  ) throws -> OffsetFetchResponse.Group {
    guard rights.group == .none else { return .refusal(of: group.groupID, rights.group) }
    let code = coordinator.admitFetch(
      groupID: group.groupID, memberID: group.memberID, epoch: group.memberEpoch)
    guard code == .none else { return .refusal(of: group.groupID, code) }
    let catalog = broker.storage.catalog()
    var answer = OffsetFetchResponse.Group()
    answer.groupID = group.groupID
    if let topics = group.topics {
      answer.topics = try positions(
        of: group.groupID, topics, rights.topics, byID: byID, catalog, rows)
    } else {
      answer.topics = try allPositions(of: group.groupID, catalog, rows)
    }
    return answer
  }

  private func positions(
    of group: String, _ topics: [OffsetFetchRequest.GroupTopic], _ rights: [ErrorCode],
    byID: Bool, _ catalog: Catalog, _ rows: any LogTurn
  ) throws -> [OffsetFetchResponse.GroupTopic] {
    let found = zip(topics, rights).map { topic, right -> Topic? in
      guard right == .none else { return nil }
      return byID ? catalog[id: topic.topicID] : catalog[topic.name]
    }
    let partitions = zip(topics, found).flatMap { asked, topic in
      asked.partitionIndexes.compactMap { topic?.partition($0) }
    }
    let offsets =
      partitions.isEmpty
      ? [:] : try rows.committedOffsets(of: group, in: partitions)
    return zip(zip(topics, rights), found).map { asked, topic in
      let (asked, right) = asked
      var answer = OffsetFetchResponse.GroupTopic()
      answer.name = asked.name
      answer.topicID = asked.topicID
      answer.partitions = asked.partitionIndexes.map { number in
        let offset = topic?.partition(number).flatMap { offsets[$0] }
        var partition = OffsetFetchResponse.GroupPartition(number, offset)
        partition.errorCode = byID && right == .none && topic == nil ? .unknownTopicID : right
        return partition
      }
      return answer
    }
  }

  private func allPositions(
    of group: String, _ catalog: Catalog, _ rows: any LogTurn
  ) throws -> [OffsetFetchResponse.GroupTopic] {
    var byTopic: [TopicID: OffsetFetchResponse.GroupTopic] = [:]
    for offset in try rows.committedOffsets(of: group, in: nil).values {
      // Deleted by an earlier request of this very transaction.
      guard let (topic, number) = catalog.location(of: offset.partition) else { continue }
      var answer = byTopic[topic.id] ?? OffsetFetchResponse.GroupTopic()
      answer.name = topic.name
      answer.topicID = topic.id
      answer.partitions.append(OffsetFetchResponse.GroupPartition(number, offset))
      byTopic[topic.id] = answer
    }
    return byTopic.values.sorted { $0.name < $1.name }.map { topic in
      var topic = topic
      topic.partitions.sort { $0.partitionIndex < $1.partitionIndex }
      return topic
    }
  }
}

// MARK: - Versions up to 7, in the words of the later ones

extension OffsetFetchRequest.Group {
  fileprivate init(_ request: OffsetFetchRequest) {
    self.init()
    groupID = request.groupID
    topics = request.topics?.map { topic in
      var asked = OffsetFetchRequest.GroupTopic()
      asked.name = topic.name
      asked.partitionIndexes = topic.partitionIndexes
      return asked
    }
  }
}

extension OffsetFetchResponse {
  fileprivate init(_ groups: [Group], to request: OffsetFetchRequest, version: Int16) {
    self.init()
    guard version < 8 else {
      self.groups = groups
      return
    }
    guard let group = groups.first else { return }
    errorCode = group.errorCode
    if version < 2, group.errorCode != .none {
      topics = Self.refusals(of: request.topics ?? [], group.errorCode)
    } else {
      topics = group.topics.map { Topic($0) }
    }
  }

  private static func refusals(
    of topics: [OffsetFetchRequest.Topic], _ code: ErrorCode
  ) -> [Topic] {
    topics.map { asked in
      var topic = Topic()
      topic.name = asked.name
      topic.partitions = asked.partitionIndexes.map { number in
        var partition = Partition(GroupPartition(number, nil))
        partition.errorCode = code
        return partition
      }
      return topic
    }
  }
}

extension OffsetFetchResponse.Topic {
  fileprivate init(_ topic: OffsetFetchResponse.GroupTopic) {
    self.init()
    name = topic.name
    partitions = topic.partitions.map { OffsetFetchResponse.Partition($0) }
  }
}

extension OffsetFetchResponse.Partition {
  fileprivate init(_ partition: OffsetFetchResponse.GroupPartition) {
    self.init()
    partitionIndex = partition.partitionIndex
    committedOffset = partition.committedOffset
    committedLeaderEpoch = partition.committedLeaderEpoch
    metadata = partition.metadata
    errorCode = partition.errorCode
  }
}

extension OffsetFetchResponse.Group {
  fileprivate static func refusal(of groupID: String, _ code: ErrorCode) -> Self {
    var group = Self()
    group.groupID = groupID
    group.errorCode = code
    return group
  }
}

extension OffsetFetchResponse.GroupPartition {
  fileprivate init(_ number: Int32, _ offset: CommittedOffset?) {
    self.init()
    partitionIndex = number
    committedOffset = offset?.offset ?? -1
    committedLeaderEpoch = (offset?.leaderEpoch ?? .absent).value
    metadata = offset?.metadata ?? ""
  }
}
