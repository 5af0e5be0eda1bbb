import ActaModel
import KafkaWire
import LogEngine
import LogStorage
import Testing

@testable import Broker

@Suite("What admin tools ask of the one node") struct ClusterAdminTests {
  private let fixture: BrokerFixture

  init() throws { fixture = try BrokerFixture(["node.id": "5"]) }

  // MARK: Controllers

  private static func asks(_ names: [(String, [Int32])]) -> DescribeQuorumRequest {
    .with {
      $0.topics = names.map { name, partitions in
        .with {
          $0.topicName = name
          $0.partitions = partitions.map { number in .with { $0.partitionIndex = number } }
        }
      }
    }
  }

  /// A console's rule: the cluster is there when its leader is known and among its voters.
  @Test("the node is the one voter, and leads", arguments: versions(of: .describeQuorum))
  func quorum(version: Int16) async throws {
    let response = try await fixture.send(
      Self.asks([("__cluster_metadata", [0])]), version: version)
    let partition = try #require(response.topics.first?.partitions.first)
    #expect(partition.errorCode == .none)
    #expect(partition.leaderID == 5)
    #expect(partition.currentVoters.map(\.replicaID) == [5])
    #expect(partition.currentVoters.map(\.logEndOffset) == [partition.highWatermark])
    #expect(partition.observers.isEmpty)
    #expect(response.nodes.map(\.nodeID) == (version >= 2 ? [5] : []))
    #expect(response.nodes.first?.listeners.first?.host == (version >= 2 ? "broker.example" : nil))
  }

  @Test("of any other log there is no quorum")
  func otherQuorums() async throws {
    for asked in [
      [("orders", [0])], [("__cluster_metadata", [1])], [("__cluster_metadata", [0, 1])],
      [("__cluster_metadata", [0]), ("orders", [0])],
    ] as [[(String, [Int32])]] {
      let topics = try await fixture.send(Self.asks(asked)).topics
      #expect(topics.map(\.topicName) == asked.map(\.0))
      for partition in topics.flatMap(\.partitions) {
        #expect(partition.errorCode == .unknownTopicOrPartition)
        #expect(partition.currentVoters.isEmpty)
      }
    }
    #expect(try await fixture.send(Self.asks([])).topics.isEmpty)
  }

  @Test("the voters are those there are", arguments: versions(of: .addRaftVoter))
  func voters(version: Int16) async throws {
    func add(
      _ voter: Int32, _ directory: TopicID, cluster: String? = nil
    ) async throws -> ErrorCode {
      try await fixture.send(
        AddRaftVoterRequest.with {
          $0.clusterID = cluster
          $0.voterID = voter
          $0.voterDirectoryID = directory
        }, version: version
      ).errorCode
    }
    let directory = TopicID(high: 1, low: 2)
    let mine = fixture.storage.identity.clusterID
    #expect(try await add(2, directory) == .unsupportedVersion)
    #expect(try await add(2, directory, cluster: mine) == .unsupportedVersion)
    #expect(try await add(2, directory, cluster: "another") == .inconsistentClusterID)
    #expect(try await add(-1, directory) == .invalidRequest)
    #expect(try await add(2, .zero) == .invalidRequest)
    let removal = RemoveRaftVoterRequest.with {
      $0.voterID = 5
      $0.voterDirectoryID = directory
    }
    #expect(try await fixture.send(removal).errorCode == .unsupportedVersion)
  }

  @Test("a broker that runs stays on the list, and another was never there")
  func unregister() async throws {
    let mine = try await fixture.send(UnregisterBrokerRequest.with { $0.brokerID = 5 })
    #expect(mine.errorCode == .invalidRequest)
    let other = try await fixture.send(UnregisterBrokerRequest.with { $0.brokerID = 6 })
    #expect(other.errorCode == .brokerIDNotRegistered)
    #expect(other.errorMessage == "Broker ID 6 is not currently registered")
  }

  @Test("the controller that is active stays on the list, and another was never there")
  func unregisterController() async throws {
    let mine = try await fixture.send(UnregisterControllerRequest.with { $0.controllerID = 5 })
    #expect(mine.errorCode == .invalidRequest)
    let other = try await fixture.send(UnregisterControllerRequest.with { $0.controllerID = 6 })
    #expect(other.errorCode == .controllerIDNotRegistered)
    #expect(other.errorMessage == "Controller ID 6 is not currently registered.")
  }

  // MARK: Features

  @Test("features stay at the level that they have", arguments: versions(of: .updateFeatures))
  func features(version: Int16) async throws {
    func update(_ name: String, _ level: Int16, _ kind: Int8 = 1) async throws -> ErrorCode {
      let response = try await fixture.send(
        UpdateFeaturesRequest.with {
          $0.featureUpdates = [
            .with {
              $0.feature = name
              $0.maxVersionLevel = level
              $0.allowDowngrade = kind > 1
              $0.upgradeType = kind
            }
          ]
        }, version: version)
      #expect((response.errorMessage == nil) == (response.errorCode == .none))
      let isTold = version < 2 && response.errorCode == .none
      #expect(response.results.map(\.feature) == (isTold ? [name] : []))
      return response.errorCode
    }
    #expect(try await update("group.version", 1) == .none)
    #expect(try await update("metadata.version", 33) == .none)
    #expect(try await update("transaction.version", 2) == .none)
    for (name, level) in [
      ("group.version", 0), ("group.version", 2), ("group.version", -1), ("metadata.version", 20),
      ("transaction.version", 1), ("transaction.version", 3), ("", 1),
    ] as [(String, Int16)] {
      for kind: Int8 in [1, 2, 3] {
        #expect(try await update(name, level, kind) == .invalidUpdateVersion, "\(name) \(level)")
      }
    }
    #expect(try await fixture.send(UpdateFeaturesRequest(), version: version).errorCode == .none)
  }

  // MARK: Replicas

  @Test("there is nothing to elect", arguments: versions(of: .electLeaders))
  func elections(version: Int16) async throws {
    try await fixture.createTopic("orders", partitions: 2)
    let asked: [(String, [Int32])] = [("orders", [0, 9]), ("nothing", [0]), ("orders", [])]
    let request = ElectLeadersRequest.with {
      $0.topicPartitions = asked.map { name, list in
        .with {
          $0.topic = name
          $0.partitions = list
        }
      }
    }
    let response = try await fixture.send(request, version: version)
    #expect(response.errorCode == .none)
    #expect(response.replicaElectionResults.map(\.topic) == ["orders", "nothing", "orders"])
    let codes = response.replicaElectionResults.map { $0.partitionResult.map(\.errorCode) }
    let wanted: [[ErrorCode]] = [
      [.electionNotNeeded, .unknownTopicOrPartition], [.unknownTopicOrPartition], [],
    ]
    #expect(codes == wanted)
    let all = try await fixture.send(
      ElectLeadersRequest.with { $0.topicPartitions = nil }, version: version)
    #expect(all.replicaElectionResults.map(\.topic) == ["orders"])
    #expect(all.replicaElectionResults.allSatisfy { $0.partitionResult.isEmpty })
  }

  @Test("an unknown kind of election is refused, from version 1 on")
  func electionTypes() async throws {
    let request = ElectLeadersRequest.with {
      $0.electionType = 7
      $0.topicPartitions = [.with { $0.partitions = [0] }]
    }
    let response = try await fixture.send(request)
    #expect(response.errorCode == .invalidRequest)
    #expect(
      response.replicaElectionResults.flatMap(\.partitionResult).map(\.errorCode)
        == [.invalidRequest])
    let old = try await fixture.send(request, version: 0).replicaElectionResults
    #expect(old.flatMap(\.partitionResult).map(\.errorCode) == [.unknownTopicOrPartition])
  }

  @Test(
    "a partition can be moved where it is", arguments: versions(of: .alterPartitionReassignments))
  func reassignments(version: Int16) async throws {
    try await fixture.createTopic("orders")
    let wishes: [(Int32, [Int32]?, ErrorCode)] = [
      (0, [5], .none), (0, nil, .noReassignmentInProgress), (0, [5, 5], .invalidReplicaAssignment),
      (0, [], .invalidReplicaAssignment), (0, [6], .invalidReplicaAssignment),
      (1, [5], .unknownTopicOrPartition), (-1, nil, .unknownTopicOrPartition),
    ]
    let request = AlterPartitionReassignmentsRequest.with {
      $0.topics = ["orders", "nothing"].map { name in
        .with {
          $0.name = name
          $0.partitions = wishes.map { wish in
            .with {
              $0.partitionIndex = wish.0
              $0.replicas = wish.1
            }
          }
        }
      }
    }
    let response = try await fixture.send(request, version: version)
    #expect(response.errorCode == .none)
    let codes = response.responses.map { $0.partitions.map(\.errorCode) }
    let unknown = wishes.map { _ in ErrorCode.unknownTopicOrPartition }
    #expect(codes == [wishes.map(\.2), unknown])
    let list = try await fixture.send(ListPartitionReassignmentsRequest.with { $0.topics = nil })
    #expect(list.errorCode == .none && list.topics.isEmpty)
  }

  @Test("there is one directory", arguments: versions(of: .alterReplicaLogDirs))
  func directories(version: Int16) async throws {
    try await fixture.createTopic("orders")
    let here = fixture.storage.identity.location
    let asked: [(String, String, [Int32])] = [
      ("/elsewhere", "orders", [0]), (here, "orders", [0, 7, 0]), (here, "nothing", [0]),
      ("", "other", [0]),
    ]
    let request = AlterReplicaLogDirsRequest.with {
      $0.dirs = asked.map { path, topic, partitions in
        .with { dir in
          dir.path = path
          dir.topics = [
            .with {
              $0.name = topic
              $0.partitions = partitions
            }
          ]
        }
      }
    }
    let results = try await fixture.send(request, version: version).results
    #expect(results.map(\.topicName) == ["orders", "nothing", "other"])
    #expect(results.map { $0.partitions.map(\.partitionIndex) } == [[0, 7], [0], [0]])
    let wanted: [[ErrorCode]] = [
      [.none, .unknownTopicOrPartition], [.unknownTopicOrPartition], [.logDirNotFound],
    ]
    #expect(results.map { $0.partitions.map(\.errorCode) } == wanted)
  }

  // MARK: Producers

  @Test("a partition tells its idempotent producers")
  func producers() async throws {
    let topic = try await fixture.createTopic("orders", partitions: 2)
    for id: Int64 in [8, 7] {
      try await fixture.produce(
        Batch.from(producer: id, epoch: 3, sequence: 0, count: 2), to: topic)
    }
    let asked: [(String, [Int32])] = [
      ("orders", [0, 1, 9, 0]), ("nothing", [0]), ("a b", [0]), ("orders", []),
    ]
    let request = DescribeProducersRequest.with {
      $0.topics = asked.map { name, list in
        .with {
          $0.name = name
          $0.partitionIndexes = list
        }
      }
    }
    let topics = try await fixture.send(request).topics
    #expect(topics.map(\.name) == ["orders", "nothing", "a b", "orders"])
    let wanted: [[ErrorCode]] = [
      [.none, .none, .unknownTopicOrPartition, .none], [.unknownTopicOrPartition],
      [.invalidTopicException], [],
    ]
    #expect(topics.map { $0.partitions.map(\.errorCode) } == wanted)
    let lists = try #require(topics.first).partitions.map(\.activeProducers)
    #expect(lists.map { $0.map(\.producerID) } == [[7, 8], [], [], [7, 8]])
    let first = try #require(lists.first?.first)
    #expect(first.producerEpoch == 3 && first.lastSequence == 1)
    #expect(first.lastTimestamp == ManualWallClock.start)
    #expect(first.coordinatorEpoch == -1 && first.currentTransactionStartOffset == -1)
  }

  @Test("many producers are told when there is room, and too many are refused")
  func manyProducers() async throws {
    let memory = ManualMemory()
    fixture.broker.limitAnswers(by: memory)
    let topic = try await fixture.createTopic("orders")
    for id: Int64 in 1...600 {
      try await fixture.produce(Batch.from(producer: id, sequence: 0), to: topic)
    }
    let once = DescribeProducersRequest.Topic.with {
      $0.name = "orders"
      $0.partitionIndexes = [0]
    }
    let one = try await fixture.send(DescribeProducersRequest.with { $0.topics = [once] })
    #expect(one.topics.first?.partitions.first?.activeProducers.count == 600)
    await memory.waitUntilFree()
    #expect(memory.mostUsedBytes > 0)
    var often = once
    often.partitionIndexes = Array(repeating: 0, count: 5_000)
    let many = try await fixture.send(DescribeProducersRequest.with { $0.topics = [often] })
    let partitions = try #require(many.topics.first).partitions
    #expect(partitions.count == 5_000)
    #expect(partitions.first?.activeProducers.count == 600)
    #expect(partitions.last?.errorCode == .policyViolation)
    await memory.waitUntilFree()
  }
}
