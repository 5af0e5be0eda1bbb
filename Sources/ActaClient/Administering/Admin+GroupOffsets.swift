import ActaModel
import ClientCore
import KafkaWire

extension Admin {
  /// Groups' committed positions; partitions without one are left out. A group that there is not has none.
  ///
  /// - Parameters:
  ///   - ids: The groups.
  ///   - partitions: `nil` is all with a position.
  ///   - requireStable: Whether positions that transactions under way commit are waited for. Needs Kafka 2.5.
  /// - Returns: By group.
  /// - Throws: `KafkaError` for what concerns all of it, as `Admin` says.
  public func listGroupOffsets(
    _ ids: some Sequence<String>, of partitions: Set<TopicPartition>? = nil,
    requireStable: Bool = false
  ) async throws(KafkaError) -> [String: Result<[TopicPartition: OffsetAndMetadata], KafkaError>] {
    let wanted = partitions?.map { CorePartition($0) }
    return try await performEach("offsetFetch(api=FIND_COORDINATOR)") {
      call throws(ClientFailure) in
      try await call.each(ids, by: .coordinator(.group, \.self)) {
        node, ids throws(ClientFailure) in
        let requests = ids.map { OffsetFetchRequest($0, wanted, mustBeStable: requireStable) }
        let oldest: Int16 = requireStable ? 7 : wanted == nil ? 2 : 1
        return try await call.offsets(requests, of: ids, at: node, from: oldest).mapValues {
          result in
          result.map { offsets in .telling(offsets) { (TopicPartition($0.key), $0.value) } }
        }
      }
    }
  }

  /// Sets positions of a group that has no members; a group that there is not comes to be.
  ///
  /// - Returns: By partition; 25 while the group has members, 3 for a partition that is not there.
  /// - Throws: `KafkaError` for what concerns all of it, as `Admin` says.
  public func alterGroupOffsets(
    _ id: String, _ offsets: [TopicPartition: OffsetAndMetadata]
  ) async throws(KafkaError) -> [TopicPartition: Result<Void, KafkaError>] {
    try await performEach("offsetCommit(api=FIND_COORDINATOR)") { call throws(ClientFailure) in
      try await call.each(offsets.keys, by: .coordinator(.group, { _ in id })) {
        node, partitions throws(ClientFailure) in
        var positions: GroupPositions.Offsets = [:]
        for partition in partitions { positions[CorePartition(partition)] = offsets[partition] }
        let request = OffsetCommitRequest(id, positions, as: GroupPositions.Member())
        let response = try await call.send(request, to: node, from: 2, upTo: 9)
        return .telling(response.topics, \.name, \.partitions, \.partitionIndex) {
          .of($1.errorCode, at: $0, ())
        }
      }
    }
  }

  /// Forgets positions of a group.
  ///
  /// - Returns: By partition; 86 for a topic that the group's members subscribe to, 3 for a partition that is not
  ///   there.
  /// - Throws: `KafkaError`: 69 if there is no such group, 68 if it has members that are no consumers.
  public func deleteGroupOffsets(
    _ id: String, of partitions: some Sequence<TopicPartition>
  ) async throws(KafkaError) -> [TopicPartition: Result<Void, KafkaError>] {
    try await performEach("offsetDelete(api=FIND_COORDINATOR)") { call throws(ClientFailure) in
      try await call.each(partitions, by: .coordinator(.group, { _ in id })) {
        node, partitions throws(ClientFailure) in
        var request = OffsetDeleteRequest()
        request.groupID = id
        request.topics = partitions.byTopic.map { name, numbers in
          var topic = OffsetDeleteRequest.Topic()
          topic.name = name
          topic.partitions = numbers.map { number in
            var partition = OffsetDeleteRequest.Partition()
            partition.partitionIndex = number
            return partition
          }
          return topic
        }
        let response = try await call.send(request, to: node)
        guard response.errorCode == .none else {
          throw ClientFailure(response.errorCode, saying: nil, of: "group \(id)")
        }
        return .telling(response.topics, \.name, \.partitions, \.partitionIndex) {
          .of($1.errorCode, at: $0, ())
        }
      }
    }
  }
}

extension AdminCall {
  /// - Parameter requests: One for each group.
  fileprivate func offsets(
    _ requests: [OffsetFetchRequest], of ids: [String], at node: Int32?, from oldest: Int16
  ) async throws(ClientFailure) -> [String: Result<GroupPositions.Offsets, ClientFailure>] {
    var results: [String: Result<GroupPositions.Offsets, ClientFailure>] = [:]
    var together = OffsetFetchRequest()
    together.requireStable = requests.first?.requireStable ?? false
    together.groups = requests.flatMap(\.groups)
    do throws(ClientFailure) {
      let response = try await send(together, to: node, from: 8, upTo: 9)
      for group in response.groups {
        var answer = OffsetFetchResponse()
        answer.groups = [group]
        results[group.groupID] = answer.offsets
      }
    } catch  where error.reason == .unsupportedVersion {
      // Before that, one is asked about at a time.
      for (id, request) in zip(ids, requests) {
        results[id] = try await send(request, to: node, from: oldest, upTo: 7).offsets
      }
    }
    return results
  }
}
