import ActaModel
import Coordination
import KafkaWire
import LogStorage

/// OffsetFetch, versions 1–10: how far groups have come (KafkaWire/PROTOCOL.md §12).
///
/// No position, an unknown group and an unknown topic name are all -1 without an error. Who asks for stable
/// positions (v7) is told UNSTABLE_OFFSET_COMMIT where a transaction that is not over holds another.
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
    let distinct = Distinct(asked.enumerated().lazy.map { Key($1, at: $0) })
    let questions = GroupQuestions<Item, OffsetFetchResponse.Group>(
      broker: broker, connection: context.connection,
      items: distinct.items.map { key in
        let group = asked[key.place]
        return Item(group: group, rights: rights(to: group, byID: byID, context.session))
      },
      counts: distinct.counts, size: { $0.answerSize },
      ask: { item, bytes, coordinator, _, rows in
        try positions(
          of: item.group, item.rights, byID: byID, isStable: request.requireStable, within: bytes,
          coordinator, rows)
      })
    questions.run { result in
      switch result {
      case .success(let answers):
        respond(
          .large(
            LargeAnswer(bytes: answers.bytes, grant: answers.grant) {
              let groups = Self.groups(asked, distinct.places, answers.values, context.session)
              return OffsetFetchResponse(groups, to: request, version: context.version)
            }))
      case .failure(let error):
        let groups = asked.map { OffsetFetchResponse.Group.refusal(of: $0.groupID, error.code) }
        respond(
          .response(OffsetFetchResponse(groups, to: request, version: context.version)))
      }
    }
  }

  private struct Item: Sendable {
    let group: OffsetFetchRequest.Group
    let rights: Rights
  }

  /// A group that is asked for all of its partitions more than once is looked at once. Whoever names
  /// partitions pays for each by naming it.
  private struct Key: Hashable {
    /// Of the first that is equal.
    let place: Int
    private let group: [ExactText]?
    private let epoch: Int32

    init(_ group: OffsetFetchRequest.Group, at place: Int) {
      self.place = place
      epoch = group.memberEpoch
      self.group =
        group.topics == nil ? [group.groupID, group.memberID ?? ""].map(ExactText.init) : nil
    }

    static func == (a: Key, b: Key) -> Bool {
      guard let group = a.group, let other = b.group else { return a.place == b.place }
      return group == other && a.epoch == b.epoch
    }

    func hash(into hasher: inout Hasher) {
      if let group { hasher.combine(group) } else { hasher.combine(place) }
      hasher.combine(epoch)
    }
  }

  /// - Parameter places: For each group of the request its place among `found`.
  private static func groups(
    _ asked: [OffsetFetchRequest.Group], _ places: [Int], _ found: [OffsetFetchResponse.Group?],
    _ session: Session
  ) -> [OffsetFetchResponse.Group] {
    var room = AnswerRoom()
    return zip(asked, places).map { asked, place in
      guard let group = found[place], room.take(group.answerSize) else {
        return .refusal(of: asked.groupID, ProtocolError.answerTooLarge.code)
      }
      return visible(group, of: asked, to: session)
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

  /// `nil` if they take more bytes.
  private func positions(
    of group: OffsetFetchRequest.Group, _ rights: Rights, byID: Bool, isStable: Bool,
    within bytes: Int, _ coordinator: borrowing GroupCoordinator, _ rows: any LogTurn
  ) throws -> OffsetFetchResponse.Group? {
    guard rights.group == .none else { return .refusal(of: group.groupID, rights.group) }
    let code = coordinator.admitFetch(
      groupID: group.groupID, memberID: group.memberID, epoch: group.memberEpoch)
    guard code == .none else { return .refusal(of: group.groupID, code) }
    let catalog = broker.storage.catalog()
    var room = AnswerRoom(bytes: bytes)
    var answer = OffsetFetchResponse.Group()
    answer.groupID = group.groupID
    let topics =
      if let topics = group.topics {
        try positions(
          of: group.groupID, topics, rights.topics, byID: byID, within: &room, catalog, rows)
      } else {
        try allPositions(of: group.groupID, within: &room, catalog, rows)
      }
    guard let topics else { return nil }
    answer.topics = topics
    if isStable { try Self.hideUnstable(in: &answer, byID: byID, catalog, rows) }
    return answer
  }

  private static func hideUnstable(
    in group: inout OffsetFetchResponse.Group, byID: Bool, _ catalog: Catalog, _ rows: any LogTurn
  ) throws {
    let found = group.topics.map { byID ? catalog[id: $0.topicID] : catalog[$0.name] }
    let asked = zip(group.topics, found).flatMap { topic, found in
      topic.partitions.compactMap { partition in
        partition.errorCode == .none ? found?.partition(partition.partitionIndex) : nil
      }
    }
    let held = try rows.heldPartitions(of: group.groupID, in: Array(Set(asked)))
    if held.isEmpty { return }
    for (index, found) in found.enumerated() {
      group.topics[index].partitions = group.topics[index].partitions.map { partition in
        guard partition.errorCode == .none,
          let id = found?.partition(partition.partitionIndex), held.contains(id)
        else { return partition }
        var hidden = OffsetFetchResponse.GroupPartition(partition.partitionIndex, nil)
        hidden.errorCode = .unstableOffsetCommit
        return hidden
      }
    }
  }

  private func positions(
    of group: String, _ topics: [OffsetFetchRequest.GroupTopic], _ rights: [ErrorCode],
    byID: Bool, within room: inout AnswerRoom, _ catalog: Catalog, _ rows: any LogTurn
  ) throws -> [OffsetFetchResponse.GroupTopic]? {
    let found = zip(topics, rights).map { topic, right -> Topic? in
      guard right == .none else { return nil }
      return byID ? catalog[id: topic.topicID] : catalog[topic.name]
    }
    let partitions = zip(topics, found).flatMap { asked, topic in
      asked.partitionIndexes.compactMap { topic?.partition($0) }
    }
    guard let offsets = try offsets(of: group, in: partitions, within: &room, rows) else {
      return nil
    }
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

  /// Looked up some at a time, each partition once. `nil` if what has been committed with them, as
  /// often as it is asked for, does not fit.
  private func offsets(
    of group: String, in partitions: [PartitionID], within room: inout AnswerRoom,
    _ rows: any LogTurn
  ) throws -> [PartitionID: CommittedOffset]? {
    if partitions.isEmpty { return [:] }
    let asked = Distinct(partitions)
    var offsets: [PartitionID: CommittedOffset] = [:]
    for start in stride(from: 0, to: asked.items.count, by: Self.lookedUpAtOnce) {
      let end = min(start + Self.lookedUpAtOnce, asked.items.count)
      let found = try rows.committedOffsets(of: group, in: Array(asked.items[start..<end]))
      for index in start..<end {
        guard let offset = found[asked.items[index]] else { continue }
        guard room.take(asked.counts[index] * AnswerSize.text(offset.metadata)) else { return nil }
        offsets[offset.partition] = offset
      }
    }
    return offsets
  }

  private static let lookedUpAtOnce = 500

  /// `nil` if they do not fit.
  private func allPositions(
    of group: String, within room: inout AnswerRoom, _ catalog: Catalog, _ rows: any LogTurn
  ) throws -> [OffsetFetchResponse.GroupTopic]? {
    var byTopic: [TopicID: OffsetFetchResponse.GroupTopic] = [:]
    var last: PartitionID?
    while true {
      let page = try rows.committedOffsets(of: group, after: last, atMost: Self.lookedUpAtOnce)
      for offset in page {
        // Deleted by an earlier request of this very transaction.
        guard let (topic, number) = catalog.location(of: offset.partition) else { continue }
        let partition = OffsetFetchResponse.GroupPartition(number, offset)
        guard room.take(partition.answerSize) else { return nil }
        byTopic[topic.id, default: .init(of: topic)].partitions.append(partition)
      }
      last = page.last?.partition
      if page.count < Self.lookedUpAtOnce { break }
    }
    return byTopic.values.sorted { $0.name < $1.name }.map { topic in
      var topic = topic
      topic.partitions.sort { $0.partitionIndex < $1.partitionIndex }
      return topic
    }
  }
}

extension OffsetFetchResponse.GroupTopic {
  fileprivate init(of topic: Topic) {
    self.init()
    name = topic.name
    topicID = topic.id
  }
}

extension OffsetFetchResponse.Group {
  fileprivate var answerSize: Int {
    AnswerSize.sum(topics) { topic in
      AnswerSize.element + AnswerSize.text(topic.name)
        + AnswerSize.sum(topic.partitions) { $0.answerSize }
    } + AnswerSize.element + AnswerSize.text(groupID)
  }
}

extension OffsetFetchResponse.GroupPartition {
  fileprivate var answerSize: Int { AnswerSize.element / 2 + AnswerSize.text(metadata) }
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
