import ActaModel
import KafkaWire
import LogStorage
import Testing

@testable import Broker

/// What each API answers when it is asked for `open` and for a target: APIs of groups.
extension AccessCase {
  func groupReaction(to target: String, in fixture: BrokerFixture) async throws -> Reaction {
    let names = ["open", target]
    switch api {
    case .offsetCommit: return try await offsetCommit(target, in: fixture)
    case .offsetFetch: return try await offsetFetch(names, in: fixture)
    case .findCoordinator: return try await findCoordinator(names, in: fixture)
    case .joinGroup:
      let response = try await fixture.join(TestMember(group: target))
      if response.errorCode == .groupAuthorizationFailed {
        #expect(response.generationID == -1)
        #expect(response.memberID.isEmpty && response.leader.isEmpty && response.members.isEmpty)
      }
      return Reaction(whole: response.errorCode)
    case .heartbeat:
      return Reaction(whole: try await fixture.heartbeat(TestMember(group: target, id: "m")))
    case .leaveGroup:
      let response = try await fixture.leave([TestMember(group: target, id: "m")])
      #expect(response.members.isEmpty == (response.errorCode != .none))
      return Reaction(whole: response.errorCode)
    case .syncGroup:
      let call = try fixture.beginSync(TestMember(group: target, id: "m", generation: 1))
      return Reaction(whole: try await call.response().errorCode)
    case .describeGroups: return try await describeGroups(names, in: fixture)
    case .listGroups:
      let response = try await fixture.send(ListGroupsRequest())
      return Reaction(response.groups.map { ($0.groupID, response.errorCode) })
    case .deleteGroups:
      let response = try await fixture.send(DeleteGroupsRequest.with { $0.groupsNames = names })
      return Reaction(response.results.map { ($0.groupID, $0.errorCode) })
    case .offsetDelete: return try await offsetDelete(target, in: fixture)
    case .consumerGroupHeartbeat: return try await consumerGroupHeartbeat(target, in: fixture)
    case .addPartitionsToTxn, .addOffsetsToTxn, .endTxn, .writeTxnMarkers, .txnOffsetCommit,
      .describeTransactions, .listTransactions:
      return try await transactionReaction(to: target, in: fixture)
    case .consumerGroupDescribe: return try await consumerGroupDescribe(target, in: fixture)
    default: return try await adminReaction(to: names, in: fixture)
    }
  }

  private func offsetCommit(_ target: String, in fixture: BrokerFixture) async throws -> Reaction {
    let request = OffsetCommitRequest.with {
      $0.groupID = rule.kind == .group ? target : "open"
      $0.topics = ["open", rule.kind == .group ? "open" : target].map { name in
        .with {
          $0.name = name
          $0.partitions = [.with { $0.committedOffset = 7 }]
        }
      }
    }
    let response = try await fixture.send(request, version: 9)
    return Reaction(
      response.topics.flatMap { topic in topic.partitions.map { (topic.name, $0.errorCode) } })
  }

  private func offsetFetch(_ names: [String], in fixture: BrokerFixture) async throws -> Reaction {
    let isAboutGroups = rule.kind == .group
    let request = OffsetFetchRequest.with {
      $0.groups = (isAboutGroups ? names : ["open"]).map { group in
        .with {
          $0.groupID = group
          $0.topics =
            refusal == .leftOut
            ? nil
            : (isAboutGroups ? ["open"] : names).map { name in
              .with {
                $0.name = name
                $0.partitionIndexes = [0]
              }
            }
        }
      }
    }
    let groups = try await fixture.send(request, version: 9).groups
    if isAboutGroups {
      for group in groups { #expect(group.topics.isEmpty == (group.errorCode != .none)) }
      return Reaction(groups.map { ($0.groupID, $0.errorCode) })
    }
    return Reaction(
      groups.flatMap(\.topics).flatMap { topic in
        topic.partitions.map { partition in
          if partition.errorCode != .none {
            #expect(partition.committedOffset == -1 && partition.metadata?.isEmpty == true)
          }
          return (topic.name, partition.errorCode)
        }
      })
  }

  private func findCoordinator(
    _ names: [String], in fixture: BrokerFixture
  ) async throws -> Reaction {
    let request = FindCoordinatorRequest.with {
      $0.keyType = rule.kind == .group ? 0 : rule.kind == .transactionalID ? 1 : 2
      $0.coordinatorKeys = names
    }
    return Reaction(
      try await fixture.send(request).coordinators.map { answer in
        #expect((answer.nodeID == -1) == (answer.errorCode != .none))
        return (answer.key, answer.errorCode)
      })
  }

  private func describeGroups(
    _ names: [String], in fixture: BrokerFixture
  ) async throws -> Reaction {
    let request = DescribeGroupsRequest.with {
      $0.groups = names
      $0.includeAuthorizedOperations = true
    }
    return Reaction(
      try await fixture.send(request).groups.map { group in
        if group.errorCode == .groupAuthorizationFailed {
          #expect(group.groupState.isEmpty && group.authorizedOperations == .min)
        }
        return (group.groupID, group.errorCode)
      })
  }

  private func offsetDelete(_ target: String, in fixture: BrokerFixture) async throws -> Reaction {
    let request = OffsetDeleteRequest.with {
      $0.groupID = rule.kind == .group ? target : "open"
      $0.topics = ["open", rule.kind == .group ? "open" : target].map { name in
        .with {
          $0.name = name
          $0.partitions = [.with { $0.partitionIndex = 0 }]
        }
      }
    }
    let response = try await fixture.send(request)
    if response.errorCode != .none {
      #expect(response.topics.isEmpty)
      return Reaction(whole: response.errorCode)
    }
    return Reaction(
      response.topics.flatMap { topic in topic.partitions.map { (topic.name, $0.errorCode) } })
  }

  private func consumerGroupHeartbeat(
    _ target: String, in fixture: BrokerFixture
  ) async throws -> Reaction {
    let response = try await fixture.consumerJoin(
      "m", group: rule.kind == .group ? target : "crew",
      topics: rule.kind == .group ? ["open"] : ["open", target])
    if response.errorCode == rule.code {
      #expect(response.memberID == nil && response.assignment == nil)
    }
    return Reaction(whole: response.errorCode)
  }

  /// The group of the target's name is about the target, too.
  private func consumerGroupDescribe(
    _ target: String, in fixture: BrokerFixture
  ) async throws -> Reaction {
    let response = try await fixture.send(
      ConsumerGroupDescribeRequest.with {
        $0.groupIDs = ["crew-open", "crew-\(target)", "open", target]
        $0.includeAuthorizedOperations = true
      })
    return Reaction(
      response.groups.map { group in
        if group.errorCode == rule.code {
          #expect(group.groupState.isEmpty && group.members.isEmpty)
          #expect(group.authorizedOperations == .min)
        }
        let isAboutTopic = rule.kind == .topic && group.groupID == "crew-\(target)"
        return (
          isAboutTopic ? target : group.groupID + (rule.kind == .topic ? "!" : ""),
          group.errorCode
        )
      })
  }
}
