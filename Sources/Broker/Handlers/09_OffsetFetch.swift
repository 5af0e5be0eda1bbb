import ActaModel
import Coordination
import KafkaWire
import LogStorage

/// OffsetFetch, versions 1–10: how far groups have come (KafkaWire/PROTOCOL.md §12).
///
/// No position, an unknown group and an unknown topic name are all -1 without an error. Stable
/// offsets (v7) are all there are: nothing is committed by halves.
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
    broker.groups.perform { coordinator, turn in
      try asked.map { try positions(of: $0, byID: context.version >= 10, coordinator, turn) }
    } completion: { result in
      let groups: [OffsetFetchResponse.Group]
      switch result {
      case .success(let found): groups = found
      case .failure(let error): groups = asked.map { .refusal(of: $0.groupID, error.code) }
      }
      respond(
        .response(OffsetFetchResponse(groups, to: request, version: context.version)))
    }
  }

  // MARK: On the writing thread

  private func positions(
    of group: OffsetFetchRequest.Group, byID: Bool, _ coordinator: borrowing GroupCoordinator,
    _ turn: GroupTurn
  ) throws -> OffsetFetchResponse.Group {
    let code = coordinator.admitFetch(
      groupID: group.groupID, memberID: group.memberID, epoch: group.memberEpoch)
    guard code == .none else { return .refusal(of: group.groupID, code) }
    let catalog = broker.storage.catalog()
    var answer = OffsetFetchResponse.Group()
    answer.groupID = group.groupID
    if let topics = group.topics {
      answer.topics = try positions(of: group.groupID, topics, byID: byID, catalog, turn)
    } else {
      answer.topics = try allPositions(of: group.groupID, catalog, turn)
    }
    return answer
  }

  private func positions(
    of group: String, _ topics: [OffsetFetchRequest.GroupTopic], byID: Bool, _ catalog: Catalog,
    _ turn: GroupTurn
  ) throws -> [OffsetFetchResponse.GroupTopic] {
    let found = topics.map { byID ? catalog[id: $0.topicID] : catalog[$0.name] }
    let partitions = zip(topics, found).flatMap { asked, topic in
      asked.partitionIndexes.compactMap { topic?.partition($0) }
    }
    let offsets =
      partitions.isEmpty
      ? [:] : try turn.transaction.committedOffsets(of: group, in: partitions)
    return zip(topics, found).map { asked, topic in
      var answer = OffsetFetchResponse.GroupTopic()
      answer.name = asked.name
      answer.topicID = asked.topicID
      answer.partitions = asked.partitionIndexes.map { number in
        let offset = topic?.partition(number).flatMap { offsets[$0] }
        var partition = OffsetFetchResponse.GroupPartition(number, offset)
        if byID, topic == nil { partition.errorCode = .unknownTopicID }
        return partition
      }
      return answer
    }
  }

  private func allPositions(
    of group: String, _ catalog: Catalog, _ turn: GroupTurn
  ) throws -> [OffsetFetchResponse.GroupTopic] {
    var byTopic: [TopicID: OffsetFetchResponse.GroupTopic] = [:]
    for offset in try turn.transaction.committedOffsets(of: group, in: nil).values {
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
    committedLeaderEpoch = offset?.leaderEpoch ?? -1
    metadata = offset?.metadata ?? ""
  }
}
