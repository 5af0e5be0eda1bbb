import ActaModel
import ClientCore
import KafkaWire

/// Committing a group's positions, and asking for them. Only the client's loop touches it.
final class GroupPositions {
  typealias Offsets = [CorePartition: OffsetAndMetadata]

  /// As whom positions are committed; a consumer that is no member is nobody.
  struct Member: Equatable, Sendable {
    var id = ""
    /// Or, with the consumer protocol, the member's epoch.
    var generation: Int32 = -1
    var instanceID: String?
  }

  private let groupID: String
  private let coordinator: CoordinatorLink

  init(_ groupID: String, _ coordinator: CoordinatorLink) {
    self.groupID = groupID
    self.coordinator = coordinator
  }

  /// - Parameter deadline: Monotonic milliseconds.
  func commit(
    _ offsets: Offsets, as member: Member, until deadline: Int64,
    completion: @escaping (Result<Void, ClientFailure>) -> Void
  ) {
    if offsets.isEmpty { return completion(.success(())) }
    if let (partition, position) = offsets.first(where: { $0.value.offset < 0 }) {
      return completion(
        .failure(
          ClientFailure(
            .invalidArgument, "Invalid negative offset: \(position.offset) of \(partition)",
            topic: partition.topic, partition: partition.partition)))
    }
    let request = OffsetCommitRequest(groupID, offsets, as: member)
    coordinator.send(until: deadline) { versions throws(ClientFailure) in
      // From version 10 on topics are named by id; nothing else is new there.
      (request, try versions.newest(of: .offsetCommit, upTo: 9, from: 2))
    } code: { response in
      response.topics.lazy.flatMap(\.partitions).map(\.errorCode).first { $0 != .none } ?? .none
    } completion: { [coordinator] answer in
      completion(
        answer.flatMap { response in response.failure.map { .failure($0) } ?? .success(()) }
          .mapError { $0.at(coordinator.node) })
    }
  }

  /// The group's positions; partitions without one are left out.
  ///
  /// - Parameter mustBeStable: What a transaction under way has committed is waited for.
  func committed(
    _ partitions: [CorePartition], mustBeStable: Bool, until deadline: Int64,
    completion: @escaping (Result<Offsets, ClientFailure>) -> Void
  ) {
    if partitions.isEmpty { return completion(.success([:])) }
    let request = OffsetFetchRequest(groupID, partitions, mustBeStable: mustBeStable)
    coordinator.send(until: deadline) { versions throws(ClientFailure) in
      (request, try versions.newest(of: .offsetFetch, upTo: 9, from: 1))
    } code: { response in
      response.groups.first?.errorCode ?? response.errorCode
    } completion: { [coordinator] answer in
      completion(answer.flatMap { $0.offsets }.mapError { $0.at(coordinator.node) })
    }
  }
}

extension OffsetCommitRequest {
  init(
    _ groupID: String, _ offsets: GroupPositions.Offsets, as member: GroupPositions.Member
  ) {
    self.init()
    self.groupID = groupID
    memberID = member.id
    generationIDOrMemberEpoch = member.generation
    groupInstanceID = member.instanceID
    for (name, partitions) in offsets.grouped(by: \.key.topic) {
      var topic = Topic()
      topic.name = name
      topic.partitions = partitions.map { partition, committed in
        var answer = Partition()
        answer.partitionIndex = partition.partition
        answer.committedOffset = committed.offset
        answer.committedLeaderEpoch = committed.leaderEpoch ?? -1
        answer.committedMetadata = committed.metadata
        return answer
      }
      topics.append(topic)
    }
  }
}

extension OffsetCommitResponse {
  /// The first partition's that was not committed.
  fileprivate var failure: ClientFailure? {
    for topic in topics {
      for partition in topic.partitions where partition.errorCode != .none {
        return ClientFailure(
          partition.errorCode, message: Self.advice(partition.errorCode), topic: topic.name,
          partition: partition.partitionIndex)
      }
    }
    return nil
  }

  private static func advice(_ code: ErrorCode) -> String? {
    switch code {
    case .unknownMemberID, .illegalGeneration, .rebalanceInProgress, .staleMemberEpoch:
      "The group has given the partitions to others meanwhile, who read again what was not committed:"
        + " deal with fewer records at a time, or raise max.poll.interval.ms."
    default: nil
    }
  }
}

extension OffsetFetchRequest {
  /// - Parameter partitions: `nil` is all with a position.
  init(_ groupID: String, _ partitions: [CorePartition]?, mustBeStable: Bool) {
    self.init()
    self.groupID = groupID
    requireStable = mustBeStable
    var group = Group()
    group.groupID = groupID
    guard let partitions else {
      topics = nil
      group.topics = nil
      groups = [group]
      return
    }
    var old: [Topic] = []
    var new: [GroupTopic] = []
    for (name, partitions) in partitions.grouped(by: \.topic) {
      var topic = Topic()
      topic.name = name
      topic.partitionIndexes = partitions.map(\.partition)
      old.append(topic)
      var groupTopic = GroupTopic()
      groupTopic.name = name
      groupTopic.partitionIndexes = partitions.map(\.partition)
      new.append(groupTopic)
    }
    topics = old
    group.topics = new
    groups = [group]
  }
}

extension OffsetFetchResponse {
  /// Of the one group that was asked about.
  var offsets: Result<GroupPositions.Offsets, ClientFailure> {
    let code = groups.first?.errorCode ?? errorCode
    guard code == .none else { return .failure(ClientFailure(code)) }
    var offsets: GroupPositions.Offsets = [:]
    var failure: ClientFailure?
    func take(
      _ topic: String, _ partition: Int32, _ offset: Int64, _ epoch: Int32, _ metadata: String?,
      _ code: ErrorCode
    ) {
      if code != .none {
        failure = failure ?? ClientFailure(code, topic: topic, partition: partition)
      } else if offset >= 0 {
        offsets[CorePartition(topic, partition)] = OffsetAndMetadata(
          offset, leaderEpoch: epoch < 0 ? nil : epoch, metadata: metadata ?? "")
      }
    }
    for topic in topics {
      for entry in topic.partitions {
        take(
          topic.name, entry.partitionIndex, entry.committedOffset, entry.committedLeaderEpoch,
          entry.metadata, entry.errorCode)
      }
    }
    for topic in groups.first?.topics ?? [] {
      for entry in topic.partitions {
        take(
          topic.name, entry.partitionIndex, entry.committedOffset, entry.committedLeaderEpoch,
          entry.metadata, entry.errorCode)
      }
    }
    return failure.map { .failure($0) } ?? .success(offsets)
  }
}

extension Sequence {
  /// In order of the names.
  fileprivate func grouped(by name: (Element) -> String) -> [(String, [Element])] {
    Dictionary(grouping: self, by: name).sorted { $0.key < $1.key }
  }
}
