import ActaModel
import Coordination
import KafkaWire
import LogStorage

/// OffsetDelete, version 0: a group's positions are forgotten, but for topics that its members read
/// (KafkaWire/PROTOCOL.md §12).
///
/// Rights: DELETE of the group, READ of each topic.
struct OffsetDeleteHandler: Handler {
  let broker: Broker

  private struct Target: Sendable {
    let topic: String
    let partition: PartitionID
  }

  func handle(
    _ request: OffsetDeleteRequest, _ context: RequestContext,
    respond: @escaping @Sendable (Outcome<OffsetDeleteResponse>) -> Void
  ) {
    guard context.session.authorize(.delete, .group(request.groupID)) else {
      return respond(.response(.refusal(.groupAuthorizationFailed)))
    }
    let topics = request.topics.map { topic in
      Result { () throws(ProtocolError) in
        try broker.topic(named: topic.name, to: .read, for: context.session)
      }
    }
    // A topic without partitions is told of where it is refused, as in Kafka.
    let told = zip(request.topics, topics).map { topic, found in
      !topic.partitions.isEmpty || (try? found.get()) == nil
    }
    let checked = zip(request.topics, topics).flatMap { topic, found in
      topic.partitions.map { partition in
        Result { () throws(ProtocolError) in
          try target(partition.partitionIndex, of: try found.get())
        }
      }
    }
    broker.groups.perform { coordinator, _, rows -> Result<[ErrorCode], ProtocolError> in
      let code = coordinator.admitOffsetDelete(groupID: request.groupID)
      guard code == .none else { return .failure(ProtocolError(code)) }
      return .success(try delete(checked, of: request.groupID, context, coordinator, rows))
    } completion: { result in
      switch result.flatMap(\.self) {
      case .success(let codes): respond(.response(.answers(to: request, told, codes)))
      case .failure(let error): respond(.response(.refusal(error.code)))
      }
    }
  }

  private func target(_ number: Int32, of topic: Topic) throws(ProtocolError) -> Target {
    Target(topic: topic.name, partition: try broker.partition(number, of: topic))
  }

  /// On the writing thread: one code for each partition of the request.
  private func delete(
    _ checked: [Checked<Target>], of group: String, _ context: RequestContext,
    _ coordinator: borrowing GroupCoordinator, _ rows: any LogTurn
  ) throws -> [ErrorCode] {
    var codes: [ErrorCode] = []
    var partitions: [PartitionID] = []
    for check in checked {
      switch check {
      case .failure(let error): codes.append(error.code)
      case .success(let target) where coordinator.isSubscribed(group, to: target.topic):
        codes.append(.groupSubscribedToTopic)
      case .success(let target):
        codes.append(.none)
        partitions.append(target.partition)
      }
    }
    let committer = context.session.committer(.adminDelete)
    // That there was no position is no error: there is none now.
    if !partitions.isEmpty {
      _ = try rows.deleteOffsets(of: group, in: partitions, by: committer)
    }
    return codes
  }
}

extension OffsetDeleteResponse {
  fileprivate static func refusal(_ code: ErrorCode) -> Self {
    var response = Self()
    response.errorCode = code
    return response
  }

  /// - Parameter told: Of each topic whether it is in the answer.
  fileprivate static func answers(
    to request: OffsetDeleteRequest, _ told: [Bool], _ codes: [ErrorCode]
  ) -> Self {
    var next = codes.makeIterator()
    var response = Self()
    response.topics = zip(request.topics, told).lazy.filter(\.1).map { topic, _ in
      var answer = Topic()
      answer.name = topic.name
      answer.partitions = topic.partitions.map { partition in
        var data = Partition()
        data.partitionIndex = partition.partitionIndex
        data.errorCode = next.next() ?? .unknownServerError
        return data
      }
      return answer
    }
    return response
  }
}
