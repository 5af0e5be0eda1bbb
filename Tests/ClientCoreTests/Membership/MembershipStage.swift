import ActaModel
import Coordination
import KafkaWire
import Testing

@testable import ClientCore

/// A member with a clock that the test moves, which says in words what it asks for.
struct MembershipStage<Member: GroupMembership> {
  var member: Member
  private(set) var now = Instant(milliseconds: 1_000_000)
  private let start = Instant(milliseconds: 1_000_000)

  init(_ member: Member) { self.member = member }

  typealias Words = [String]

  mutating func subscribe(_ topics: Set<String>, pattern: String? = nil) -> Words {
    member.subscribe(to: TopicSubscription(topics: topics, pattern: pattern), at: now).map(\.words)
  }

  mutating func find() -> Words { member.coordinatorFound(7, at: now).map(\.words) }

  mutating func answer(_ number: UInt64, _ answer: MembershipAnswer) -> Words {
    member.answered(number, .success(answer), at: now).map(\.words)
  }

  mutating func fail(
    _ number: UInt64, _ reason: ClientFailure.Reason = .disconnected
  ) -> Words {
    member.answered(number, .failure(ClientFailure(reason, "as the test wants")), at: now)
      .map(\.words)
  }

  mutating func changed() -> Words { member.changed(at: now).map(\.words) }
  mutating func leave() -> Words { member.leave(at: now).map(\.words) }
  mutating func learn(_ counts: [String: Int32]) -> Words {
    member.learned(ClusterView(of: counts), at: now).map(\.words)
  }

  mutating func pollBegan() -> Words { member.pollBegan(at: now).map(\.words) }
  mutating func pollEnded() -> Words { member.pollEnded(at: now).map(\.words) }

  mutating func refuse(commit code: ErrorCode, of generation: Int32) -> Words {
    member.commitRefused(code, generation: generation, at: now).map(\.words)
  }

  /// Lets time pass, with a tick at each deadline on the way; what was asked for, with the moment.
  mutating func pass(_ milliseconds: Int64) -> Words {
    let end = now + milliseconds
    var words: Words = []
    var ticks = 0
    while let deadline = member.nextDeadline, deadline <= end, ticks < 10_000 {
      now = max(now, deadline)
      ticks += 1
      words += member.tick(at: now).map(\.words)
    }
    #expect(ticks < 10_000, "a deadline that a tick leaves behind")
    now = end
    return words
  }
}

extension ClusterView {
  /// Topics and how many partitions they have; 0 is a topic that is not there. Ids are the names' hashes.
  init(of counts: [String: Int32]) {
    self.init()
    var answer = MetadataResponse()
    for (name, count) in counts {
      var topic = MetadataResponse.Topic()
      topic.name = name
      if count == 0 { topic.errorCode = .unknownTopicOrPartition }
      topic.topicID = TopicID(of: name)
      topic.partitions = (0..<count).map { number in
        var partition = MetadataResponse.Partition()
        partition.partitionIndex = number
        return partition
      }
      answer.topics.append(topic)
    }
    apply(answer, namesAll: true)
  }
}

extension TopicID {
  init(of name: String) {
    self.init(high: 1, low: name.utf8.reduce(5_381) { $0 &* 33 &+ UInt64($1) })
  }
}

extension MembershipAnswer {
  static func joined(
    _ id: String, _ generation: Int32, leader: String = "other", by name: String = "range",
    members: [(id: String, topics: [String])] = [], skips: Bool = false
  ) -> Self {
    var answer = JoinGroupResponse()
    answer.memberID = id
    answer.generationID = generation
    answer.leader = leader
    answer.protocolType = "consumer"
    answer.protocolName = name
    answer.skipAssignment = skips
    answer.members = members.map { member in
      var joined = JoinGroupResponse.Member()
      joined.memberID = member.id
      joined.metadata = ConsumerSubscription(topics: member.topics).bytes
      return joined
    }
    return .join(answer)
  }

  static func joinRefused(_ code: ErrorCode, as id: String = "") -> Self {
    var answer = JoinGroupResponse()
    answer.errorCode = code
    answer.memberID = id
    return .join(answer)
  }

  static func synced(_ partitions: ClientCore.TopicPartition...) -> Self {
    var answer = SyncGroupResponse()
    answer.assignment = ConsumerAssignment(giving: partitions).bytes
    return .sync(answer)
  }

  static func syncRefused(_ code: ErrorCode) -> Self {
    var answer = SyncGroupResponse()
    answer.errorCode = code
    return .sync(answer)
  }

  static func beat(_ code: ErrorCode = .none) -> Self {
    var answer = HeartbeatResponse()
    answer.errorCode = code
    return .heartbeat(answer)
  }

  static func left() -> Self { .leave(LeaveGroupResponse()) }

  /// - Parameter assigned: Partitions by topic; `nil` is no news.
  static func told(_ epoch: Int32, _ assigned: [String: [Int32]]? = nil) -> Self {
    var answer = ConsumerGroupHeartbeatResponse()
    answer.memberEpoch = epoch
    answer.heartbeatIntervalMilliseconds = 5_000
    answer.assignment = assigned.map { assigned in
      var assignment = ConsumerGroupHeartbeatResponse.Assignment()
      assignment.topicPartitions = assigned.map { name, numbers in
        var partitions = ConsumerGroupHeartbeatResponse.TopicPartitions()
        partitions.topicID = TopicID(of: name)
        partitions.partitions = numbers
        return partitions
      }
      return assignment
    }
    return .consumerHeartbeat(answer)
  }

  static func refused(_ code: ErrorCode, _ message: String? = nil) -> Self {
    var answer = ConsumerGroupHeartbeatResponse()
    answer.errorCode = code
    answer.errorMessage = message
    return .consumerHeartbeat(answer)
  }
}
