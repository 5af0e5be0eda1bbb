import ActaModel
import KafkaWire
import LogEngine
import LogStorage
import SQLiteLog
import SQLiteStore
import Testing

@testable import Broker

/// A member of a classic group, as the tests' transcripts name it.
struct TestMember: Equatable {
  var group = "g"
  var id = ""
  var instanceID: String?
  var generation: Int32 = -1
}

/// What members of groups do.
extension BrokerFixture {
  /// Without the delay of a group's first round, which most tests would only have to wait for.
  static func withoutDelay(
    _ settings: [String: String] = [:], at location: Location = .memory
  ) throws -> BrokerFixture {
    try BrokerFixture(
      settings.merging(["group.initial.rebalance.delay.ms": "0"]) { given, _ in given },
      at: location)
  }

  /// Returns when the coordinator has had all the turns that it was asked for before.
  func settleGroups() async throws {
    _ = try await send(ListGroupsRequest())
  }

  /// Lets the timers' clock go on, once all that was asked for before is done, and then what falls
  /// due by it.
  func pass(milliseconds: Int64) async throws {
    try await settleGroups()
    timers.advance(milliseconds: milliseconds)
    for _ in 0..<3 {
      try await settleGroups()
      timers.advance(milliseconds: 0)
    }
    try await settleGroups()
  }

  // MARK: Joining

  /// Joins and does not wait. Each member has a connection of its own, as in life: one that waits
  /// would hold up the others.
  func beginJoin(
    _ member: TestMember, version: Int16? = nil,
    _ change: (inout JoinGroupRequest) -> Void = { _ in }
  ) throws -> Call<JoinGroupResponse> {
    try begin(JoinGroupRequest.of(member, change), version: version)
  }

  func join(
    _ member: TestMember, version: Int16? = nil,
    _ change: (inout JoinGroupRequest) -> Void = { _ in }
  ) async throws -> JoinGroupResponse {
    try await beginJoin(member, version: version, change).response()
  }

  /// The id that a new member is given with MEMBER_ID_REQUIRED.
  func newMember(
    of group: String = "g", _ change: (inout JoinGroupRequest) -> Void = { _ in }
  ) async throws -> TestMember {
    let response = try await join(TestMember(group: group), change)
    #expect(response.errorCode == .memberIDRequired)
    return TestMember(group: group, id: response.memberID)
  }

  /// One round in which every one of `members` joins and the one that the broker names leader
  /// assigns to each member its own id. Returns them with the new generation.
  @discardableResult
  func round(_ members: [TestMember]) async throws -> [TestMember] {
    let responses = try await joinAll(members)
    let joined = zip(members, responses).map { $0.in($1.generationID) }
    let leaderID = try #require(responses.first).leader
    let syncs = try joined.map { member in
      try beginSync(member, assigning: member.id == leaderID ? joined : [])
    }
    for (member, call) in zip(joined, syncs) {
      let response = try await call.response()
      #expect(response.errorCode == .none)
      #expect(response.assignment == Array(member.id.utf8))
    }
    return joined
  }

  /// Without the initial delay the first member of an empty group has a generation to itself, and
  /// joins again when there are others, as in life.
  private func joinAll(_ members: [TestMember]) async throws -> [JoinGroupResponse] {
    var joins = try members.map { try beginJoin($0) }
    for _ in 0..<2 {
      try await settleGroups()
      guard joins.contains(where: { !$0.isAnswered }) else { break }
      for index in joins.indices where joins[index].isAnswered {
        joins[index] = try beginJoin(members[index])
      }
    }
    var responses: [JoinGroupResponse] = []
    for join in joins { responses.append(try await join.response()) }
    #expect(responses.map(\.errorCode) == members.map { _ in .none })
    #expect(Set(responses.map(\.generationID)).count == 1)
    return responses
  }

  /// A group of one, stable.
  func soleMember(of group: String = "g") async throws -> TestMember {
    try #require(try await round([try await newMember(of: group)]).first)
  }

  // MARK: Syncing, living, leaving

  func beginSync(
    _ member: TestMember, assigning members: [TestMember] = [], version: Int16? = nil
  ) throws -> Call<SyncGroupResponse> {
    let request = SyncGroupRequest.with {
      $0.groupID = member.group
      $0.generationID = member.generation
      $0.memberID = member.id
      $0.groupInstanceID = member.instanceID
      $0.protocolType = "consumer"
      $0.protocolName = "range"
      $0.assignments = members.map { other in
        .with {
          $0.memberID = other.id
          $0.assignment = Array(other.id.utf8)
        }
      }
    }
    return try begin(request, version: version)
  }

  func heartbeat(_ member: TestMember, version: Int16? = nil) async throws -> ErrorCode {
    let request = HeartbeatRequest.with {
      $0.groupID = member.group
      $0.generationID = member.generation
      $0.memberID = member.id
      $0.groupInstanceID = member.instanceID
    }
    return try await send(request, version: version).errorCode
  }

  func leave(_ members: [TestMember], version: Int16? = nil) async throws -> LeaveGroupResponse {
    let request = LeaveGroupRequest.with {
      $0.groupID = members[0].group
      $0.memberID = members[0].id
      $0.members = members.map { member in
        .with {
          $0.memberID = member.id
          $0.groupInstanceID = member.instanceID
        }
      }
    }
    return try await send(request, version: version)
  }

  // MARK: Offsets

  /// Commits for partitions of one topic, and returns the code of each.
  func commit(
    _ offsets: [(partition: Int32, offset: Int64)], of topic: StoredTopic,
    as member: TestMember = TestMember(), version: Int16? = nil,
    _ change: (inout OffsetCommitRequest) -> Void = { _ in }
  ) async throws -> [ErrorCode] {
    let request = OffsetCommitRequest.committing(offsets, of: topic, as: member, change)
    return try await send(request, version: version).topics.flatMap(\.partitions).map(\.errorCode)
  }

  /// The positions of a group in partitions of one topic; -1 for none.
  func committed(
    _ partitions: [Int32] = [0], of topic: StoredTopic, by group: String = "g"
  ) async throws -> [Int64] {
    let request = OffsetFetchRequest.asking(group, for: [(topic, partitions)])
    let answer = try #require(try await send(request).groups.first)
    #expect(answer.errorCode == .none)
    return answer.topics.flatMap(\.partitions).map(\.committedOffset)
  }
}

extension TestMember {
  func `in`(_ generation: Int32) -> TestMember {
    var member = self
    member.generation = generation
    return member
  }
}

extension JoinGroupRequest {
  static func of(_ member: TestMember, _ change: (inout Self) -> Void = { _ in }) -> Self {
    .with {
      $0.groupID = member.group
      $0.memberID = member.id
      $0.groupInstanceID = member.instanceID
      $0.sessionTimeoutMilliseconds = 10_000
      $0.rebalanceTimeoutMilliseconds = 60_000
      $0.protocolType = "consumer"
      $0.protocols = [
        .with {
          $0.name = "range"
          $0.metadata = [1, 2, 3]
        }
      ]
      change(&$0)
    }
  }
}

extension OffsetCommitRequest {
  static func committing(
    _ offsets: [(partition: Int32, offset: Int64)], of topic: StoredTopic,
    as member: TestMember = TestMember(), _ change: (inout Self) -> Void = { _ in }
  ) -> Self {
    .with {
      $0.groupID = member.group
      $0.memberID = member.id
      $0.groupInstanceID = member.instanceID
      $0.generationIDOrMemberEpoch = member.generation
      $0.topics = [
        .with {
          $0.name = topic.name
          $0.topicID = topic.id
          $0.partitions = offsets.map { partition, offset in
            .with {
              $0.partitionIndex = partition
              $0.committedOffset = offset
            }
          }
        }
      ]
      change(&$0)
    }
  }
}

extension OffsetFetchRequest {
  /// In the words of all versions; `nil` topics ask for all.
  static func asking(
    _ group: String, for topics: [(topic: StoredTopic, partitions: [Int32])]?
  ) -> Self {
    .with {
      $0.groupID = group
      $0.topics = topics?.map { topic, partitions in
        .with {
          $0.name = topic.name
          $0.partitionIndexes = partitions
        }
      }
      $0.groups = [.asking(group, for: topics)]
    }
  }
}

extension OffsetFetchRequest.Group {
  static func asking(
    _ group: String, for topics: [(topic: StoredTopic, partitions: [Int32])]?
  ) -> Self {
    .with {
      $0.groupID = group
      $0.topics = topics?.map { topic, partitions in
        .with {
          $0.name = topic.name
          $0.topicID = topic.id
          $0.partitionIndexes = partitions
        }
      }
    }
  }
}
