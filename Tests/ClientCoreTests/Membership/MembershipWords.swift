import ActaModel
import Coordination
import KafkaWire

@testable import ClientCore

// What a membership asks for, in words that transcripts can be read by.

extension MembershipEffect {
  var words: String {
    switch self {
    case .findCoordinator: "find the coordinator"
    case .send(let call): "\(call.number): \(call.request.words)"
    case .learnTopics(let topics): "learn \(topics.sorted().joined(separator: " "))"
    case .learnIDs(let ids): "learn \(ids.count) ids"
    case .revoke(let partitions): "revoke \(partitions.words)"
    case .assign(let partitions): "assign \(partitions.words)"
    case .lose(let partitions): "lose \(partitions.words)"
    case .left: "left"
    case .fail(let failure): "fail: \(failure)"
    }
  }
}

extension MembershipCall.Request {
  var words: String {
    switch self {
    case .join(let request):
      "join as '\(request.memberID)' \(request.protocols.map(\.words).joined(separator: "; "))"
    case .sync(let request):
      "sync \(request.generationID) as '\(request.memberID)'"
        + request.assignments.map { " \($0.words)" }.joined()
    case .heartbeat(let request): "beat \(request.generationID) as '\(request.memberID)'"
    case .leave(let request): "leave \(request.members.map(\.memberID).joined(separator: " "))"
    case .consumerHeartbeat(let request): request.words
    }
  }
}

extension JoinGroupRequest.GroupProtocol {
  fileprivate var words: String {
    guard let subscription = ConsumerSubscription(reading: metadata) else { return "\(name) ?" }
    let owned = subscription.owned.map { ClientCore.TopicPartition($0.topic, $0.number) }
    return "\(name)(\(subscription.topics.joined(separator: " ")))"
      + (owned.isEmpty ? "" : " with \(owned.words) of \(subscription.generation)")
  }
}

extension SyncGroupRequest.Assignment {
  fileprivate var words: String {
    let partitions = ConsumerAssignment(reading: assignment)?.partitions ?? []
    return "\(memberID)("
      + partitions.map { ClientCore.TopicPartition($0.topic, $0.number) }.words + ")"
  }
}

extension ConsumerGroupHeartbeatRequest {
  fileprivate var words: String {
    var words = "beat \(memberEpoch)"
    if let instanceID { words += " instance \(instanceID)" }
    if let subscribedTopicNames {
      words += " topics(\(subscribedTopicNames.joined(separator: " ")))"
    }
    if let subscribedTopicRegex { words += " pattern(\(subscribedTopicRegex))" }
    if let serverAssignor { words += " assignor \(serverAssignor)" }
    if let topicPartitions {
      let numbers = topicPartitions.flatMap(\.partitions).sorted()
      words += " owned(\(numbers.map { "\($0)" }.joined(separator: " ")))"
    }
    return words
  }
}

extension [ClientCore.TopicPartition] {
  var words: String { map(\.description).joined(separator: " ") }
}
