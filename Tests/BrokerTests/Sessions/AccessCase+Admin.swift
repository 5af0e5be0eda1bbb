import ActaModel
import KafkaWire
import LogEngine
import LogStorage
import LogTestSupport
import Testing

@testable import Broker

/// What the APIs of admin tools answer: of the cluster as a whole, but for producers.
extension AccessCase {
  func adminReaction(
    to names: [String], in fixture: BrokerFixture
  ) async throws -> Reaction {
    switch api {
    case .describeACLs, .createACLs, .deleteACLs:
      return try await accessRules(in: fixture)
    case .alterReplicaLogDirs:
      let request = AlterReplicaLogDirsRequest.with {
        $0.dirs = [
          .with { dir in
            dir.path = fixture.storage.identity.location
            dir.topics = names.map { name in
              .with {
                $0.name = name
                $0.partitions = [0]
              }
            }
          }
        ]
      }
      return Reaction(
        try await fixture.send(request).results.flatMap { topic in
          topic.partitions.map { (topic.topicName, $0.errorCode) }
        })
    case .electLeaders:
      let request = ElectLeadersRequest.with { $0.topicPartitions = [] }
      return Reaction(whole: try await fixture.send(request).errorCode)
    case .alterPartitionReassignments:
      return Reaction(
        whole: try await fixture.send(AlterPartitionReassignmentsRequest()).errorCode)
    case .listPartitionReassignments:
      return Reaction(
        whole: try await fixture.send(ListPartitionReassignmentsRequest()).errorCode)
    case .describeClientQuotas:
      return Reaction(whole: try await fixture.send(DescribeClientQuotasRequest()).errorCode)
    case .alterClientQuotas: return try await alterClientQuotas(in: fixture)
    case .describeUserScramCredentials:
      return Reaction(
        whole: try await fixture.send(DescribeUserScramCredentialsRequest()).errorCode)
    case .alterUserScramCredentials:
      let request = AlterUserScramCredentialsRequest.with {
        $0.deletions = names.map { name in .with { $0.name = name } }
      }
      return Reaction(try await fixture.send(request).results.map { ($0.user, $0.errorCode) })
    case .describeProducers: return try await describeProducers(names, in: fixture)
    default: return try await controllerReaction(in: fixture)
    }
  }

  private func controllerReaction(in fixture: BrokerFixture) async throws -> Reaction {
    switch api {
    case .describeQuorum:
      return Reaction(whole: try await fixture.send(DescribeQuorumRequest()).errorCode)
    case .updateFeatures:
      return Reaction(whole: try await fixture.send(UpdateFeaturesRequest()).errorCode)
    case .unregisterBroker:
      return Reaction(whole: try await fixture.send(UnregisterBrokerRequest()).errorCode)
    case .addRaftVoter:
      return Reaction(whole: try await fixture.send(AddRaftVoterRequest()).errorCode)
    case .removeRaftVoter:
      return Reaction(whole: try await fixture.send(RemoveRaftVoterRequest()).errorCode)
    case .unregisterController:
      return Reaction(whole: try await fixture.send(UnregisterControllerRequest()).errorCode)
    default:
      Issue.record("nobody asks \(api) anything")
      return Reaction()
    }
  }

  private func accessRules(in fixture: BrokerFixture) async throws -> Reaction {
    switch api {
    case .describeACLs:
      let request = DescribeAclsRequest.with {
        $0.filter.resourceTypeFilter = 1
        $0.filter.operation = 1
        $0.filter.permissionType = 1
      }
      return Reaction(whole: try await fixture.send(request).errorCode)
    case .createACLs:
      let request = CreateAclsRequest.with {
        $0.creations = [
          .with {
            $0.resourceType = 2
            $0.operation = 3
            $0.permissionType = 3
          }
        ]
      }
      return Reaction(try await fixture.send(request).results.map { ("", $0.errorCode) })
    default:
      let request = DeleteAclsRequest.with {
        $0.filters = [
          .with {
            $0.resourceTypeFilter = 2
            $0.operation = 3
            $0.permissionType = 3
          }
        ]
      }
      return Reaction(try await fixture.send(request).filterResults.map { ("", $0.errorCode) })
    }
  }

  private func alterClientQuotas(in fixture: BrokerFixture) async throws -> Reaction {
    let request = AlterClientQuotasRequest.with {
      $0.entries = [.quota("producer_byte_rate", 1, of: ("user", "alice"))]
    }
    let answer = Reaction(try await fixture.send(request).entries.map { ("", $0.errorCode) })
    let kept = try await fixture.storage.turn { try $0.clientQuotas() }
    #expect(kept.isEmpty == answer.parts.contains { $0.code == rule.code })
    return answer
  }

  private func describeProducers(
    _ names: [String], in fixture: BrokerFixture
  ) async throws -> Reaction {
    let request = DescribeProducersRequest.with {
      $0.topics = names.map { name in
        .with {
          $0.name = name
          $0.partitionIndexes = [0]
        }
      }
    }
    return Reaction(
      try await fixture.send(request).topics.flatMap { topic in
        topic.partitions.map { (topic.name, $0.errorCode) }
      })
  }
}

extension AlterClientQuotasRequest.Entry {
  /// - Parameter value: `nil` takes the quota away.
  static func quota(
    _ key: String, _ value: Double?, of parts: (type: String, name: String?)...
  ) -> Self {
    .with {
      $0.entity = parts.map { part in
        .with {
          $0.entityType = part.type
          $0.entityName = part.name
        }
      }
      $0.operations = [
        .with {
          $0.key = key
          $0.value = WireDouble(value ?? 0)
          $0.remove = value == nil
        }
      ]
    }
  }
}
