import ActaModel
import ClientCore
import KafkaWire

extension Admin {
  /// Has leaders elected.
  ///
  /// - Parameter partitions: `nil` is all.
  /// - Returns: By partition; 84 for one that has the right leader, 3 for one that is not there.
  /// - Throws: `KafkaError` for what concerns all of it, as `Admin` says.
  public func electLeaders(
    _ type: ElectionType, of partitions: Set<TopicPartition>? = nil
  ) async throws(KafkaError) -> [TopicPartition: Result<Void, KafkaError>] {
    try await performEach("electLeaders") { call throws(ClientFailure) in
      if partitions?.isEmpty == true { return [:] }
      var request = ElectLeadersRequest()
      request.electionType = type.rawValue
      request.timeoutMilliseconds = call.timeoutMilliseconds
      request.topicPartitions = partitions?.byTopic.map { name, numbers in
        var topic = ElectLeadersRequest.Topic()
        topic.topic = name
        topic.partitions = numbers
        return topic
      }
      let question = request
      let oldest: Int16 = type == .preferred ? 0 : 1
      let response = try await call.ofController { node throws(ClientFailure) in
        let answer = try await call.send(question, to: node, from: oldest)
        guard answer.errorCode == .none else { throw ClientFailure(answer.errorCode) }
        return answer
      }
      return .telling(
        response.replicaElectionResults, \.topic, \.partitionResult, \.partitionID
      ) { .of($1.errorCode, $1.errorMessage, at: $0, ()) }
    }
  }

  /// Moves partitions to other brokers.
  ///
  /// - Parameters:
  ///   - reassignments: Brokers' ids by partition, the preferred leader first; `nil` calls a move off.
  ///   - allowReplicationFactorChange: Whether there may be more or fewer than before. `false` needs Kafka 4.0.
  /// - Returns: By partition; 39 for brokers that cannot be, 85 for a move that there is not, 3 for a partition that
  ///   is not there.
  /// - Throws: `KafkaError` for what concerns all of it, as `Admin` says.
  public func alterPartitionReassignments(
    _ reassignments: [TopicPartition: [Int32]?], allowReplicationFactorChange: Bool = true
  ) async throws(KafkaError) -> [TopicPartition: Result<Void, KafkaError>] {
    let oldest: Int16 = allowReplicationFactorChange ? 0 : 1
    return try await performEach("alterPartitionReassignments") { call throws(ClientFailure) in
      try await call.each(reassignments.keys, by: .controller) {
        node, partitions throws(ClientFailure) in
        var request = AlterPartitionReassignmentsRequest()
        request.timeoutMilliseconds = call.timeoutMilliseconds
        request.allowReplicationFactorChange = allowReplicationFactorChange
        request.topics = partitions.byTopic.map { name, numbers in
          var topic = AlterPartitionReassignmentsRequest.Topic()
          topic.name = name
          topic.partitions = numbers.map { number in
            var partition = AlterPartitionReassignmentsRequest.Partition()
            partition.partitionIndex = number
            partition.replicas = reassignments[TopicPartition(name, number)] ?? nil
            return partition
          }
          return topic
        }
        let response = try await call.send(request, to: node, from: oldest)
        guard response.errorCode == .none else {
          throw ClientFailure(
            response.errorCode, saying: response.errorMessage, of: "reassignments")
        }
        return .telling(response.responses, \.name, \.partitions, \.partitionIndex) {
          .of($1.errorCode, $1.errorMessage, at: $0, ())
        }
      }
    }
  }

  /// The partitions that are being moved.
  ///
  /// - Parameter partitions: Which of these are; `nil` is any.
  /// - Throws: `KafkaError` for what concerns all of it, as `Admin` says.
  public func listPartitionReassignments(
    _ partitions: Set<TopicPartition>? = nil
  ) async throws(KafkaError) -> [TopicPartition: PartitionReassignment] {
    try await perform("listPartitionReassignments") { call throws(ClientFailure) in
      if partitions?.isEmpty == true { return [:] }
      var request = ListPartitionReassignmentsRequest()
      request.timeoutMilliseconds = call.timeoutMilliseconds
      request.topics = partitions?.byTopic.map { name, numbers in
        var topic = ListPartitionReassignmentsRequest.Topic()
        topic.name = name
        topic.partitionIndexes = numbers
        return topic
      }
      let question = request
      let response = try await call.ofController { node throws(ClientFailure) in
        let answer = try await call.send(question, to: node)
        guard answer.errorCode == .none else {
          throw ClientFailure(answer.errorCode, saying: answer.errorMessage, of: "reassignments")
        }
        return answer
      }
      return .telling(response.topics, \.name, \.partitions, \.partitionIndex) { _, partition in
        PartitionReassignment(
          replicas: partition.replicas, addingReplicas: partition.addingReplicas,
          removingReplicas: partition.removingReplicas)
      }
    }
  }
}
