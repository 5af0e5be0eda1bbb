import ActaModel
import KafkaWire
import Testing

@testable import Broker

/// What members of consumer groups do.
extension BrokerFixture {
  func consumerJoin(
    _ id: String, group: String = "g", topics: [String], version: Int16? = nil,
    _ change: (inout ConsumerGroupHeartbeatRequest) -> Void = { _ in }
  ) async throws -> ConsumerGroupHeartbeatResponse {
    let request = ConsumerGroupHeartbeatRequest.with {
      $0.groupID = group
      $0.memberID = id
      $0.memberEpoch = 0
      $0.rebalanceTimeoutMilliseconds = 60_000
      $0.subscribedTopicNames = topics
      $0.topicPartitions = []
      change(&$0)
    }
    return try await send(request, version: version)
  }

  /// - Parameter owned: What the member has, if it says so.
  func consumerHeartbeat(
    _ id: String, _ epoch: Int32, group: String = "g", owned: (StoredTopic, [Int32])? = nil,
    _ change: (inout ConsumerGroupHeartbeatRequest) -> Void = { _ in }
  ) async throws -> ConsumerGroupHeartbeatResponse {
    let request = ConsumerGroupHeartbeatRequest.with {
      $0.groupID = group
      $0.memberID = id
      $0.memberEpoch = epoch
      $0.topicPartitions = owned.map { topic, partitions in
        [
          .with {
            $0.topicID = topic.id
            $0.partitions = partitions
          }
        ]
      }
      change(&$0)
    }
    return try await send(request)
  }
}

extension ConsumerGroupHeartbeatResponse {
  /// The partitions of its only topic; `nil` for no news.
  var partitions: [Int32]? { assignment.map { $0.topicPartitions.flatMap(\.partitions) } }
}
