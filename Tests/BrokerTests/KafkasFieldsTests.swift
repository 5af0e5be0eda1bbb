import ActaModel
import KafkaWire
import LogEngine
import LogStorage
import Testing

@testable import Broker

@Suite("Fields as Kafka fills them") struct KafkasFieldsTests {
  private let fixture: BrokerFixture

  init() throws { fixture = try BrokerFixture() }

  @Test("a topic that is not made has no configuration, which is not null")
  func refusedTopic() async throws {
    let request = CreateTopicsRequest.with { $0.topics = [.with { $0.name = "no spaces" }] }
    let answer = try #require(try await fixture.send(request).topics.first)
    #expect(answer.errorCode == .invalidTopicException)
    #expect(answer.configs == [])
  }

  @Test("where nothing is wrong with a resource its message is empty, and not null")
  func describedConfigs() async throws {
    try await fixture.createTopic("orders")
    let request = DescribeConfigsRequest.with {
      $0.resources = [
        .with {
          $0.resourceType = 2
          $0.resourceName = "orders"
        }
      ]
    }
    #expect(try await fixture.send(request).results.map(\.errorMessage) == [""])
  }

  @Test("a group that is not there has no state, and one without a name is none")
  func absentGroups() async throws {
    let request = ConsumerGroupDescribeRequest.with { $0.groupIDs = ["nothing", ""] }
    let groups = try await fixture.send(request).groups
    #expect(groups.map(\.groupState) == ["", ""])
    #expect(groups.map(\.errorCode) == [.groupIDNotFound, .invalidGroupID])
    #expect(groups.map(\.errorMessage) == ["Group nothing not found.", nil])
    let deletion = DeleteGroupsRequest.with { $0.groupsNames = [""] }
    #expect(try await fixture.send(deletion).results.map(\.errorCode) == [.groupIDNotFound])
  }

  @Test("a producer names both its id and its epoch, or neither", arguments: [3, 4, 5] as [Int16])
  func halfAProducer(version: Int16) async throws {
    for (id, epoch) in [(-1, 5), (5, -1)] as [(Int64, Int16)] {
      let request = InitProducerIdRequest.with {
        $0.producerID = id
        $0.producerEpoch = epoch
      }
      let answer = try await fixture.send(request, version: version)
      #expect(answer.errorCode == .invalidRequest)
      #expect(answer.producerID == -1)
    }
  }

  @Test("a client that names only a cluster or only a node makes no sense")
  func halfABroker() async throws {
    for (cluster, node, code) in [
      ("another", -1, .invalidRequest), (nil, 77, .invalidRequest),
      ("another", 77, .rebootstrapRequired), (nil, -1, .none),
    ] as [(String?, Int32, ErrorCode)] {
      let request = ApiVersionsRequest.with {
        $0.clientSoftwareName = "test"
        $0.clientSoftwareVersion = "1"
        $0.clusterID = cluster
        $0.nodeID = node
      }
      #expect(try await fixture.send(request, version: 5).errorCode == code)
    }
  }

  @Test("a topic of which no partition is named is left out of the answer")
  func noPartitions() async throws {
    try await fixture.createTopic("orders")
    let offsets = ListOffsetsRequest.with { $0.topics = [.with { $0.name = "orders" }] }
    #expect(try await fixture.send(offsets).topics == [])
    let fetch = FetchRequest.with { $0.topics = [.with { $0.topic = "orders" }] }
    #expect(try await fixture.send(fetch, version: 12).responses == [])
    let records = DeleteRecordsRequest.with { $0.topics = [.with { $0.name = "orders" }] }
    #expect(try await fixture.send(records).topics == [])
    let produced = ProduceRequest.with {
      $0.acks = -1
      $0.topicData = [.with { $0.name = "orders" }]
    }
    #expect(try await fixture.send(produced, version: 12).responses == [])
    let committed = OffsetCommitRequest.with {
      $0.groupID = "g"
      $0.topics = [.with { $0.name = "orders" }]
    }
    #expect(try await fixture.send(committed, version: 9).topics == [])
    let sizes = DescribeLogDirsRequest.with {
      $0.topics = [
        .with {
          $0.topic = "orders"
          $0.partitions = [9]
        }
      ]
    }
    #expect(try await fixture.send(sizes).results.map(\.topics) == [[]])
  }

  @Test("one resource of a kind that is not known makes no sense of the whole request")
  func unknownKind() async throws {
    try await fixture.createTopic("orders")
    let request = DescribeConfigsRequest.with {
      $0.resources = [Int8(2), 3].map { kind in
        .with {
          $0.resourceType = kind
          $0.resourceName = "orders"
        }
      }
    }
    let results = try await fixture.send(request).results
    #expect(results.map(\.errorCode) == [.invalidRequest, .invalidRequest])
    #expect(results.map(\.resourceName) == ["orders", "orders"])
  }

  @Test("a time that ListOffsets does not know is told before the topic is looked for")
  func unknownTime() async throws {
    let request = ListOffsetsRequest.with {
      $0.replicaID = -1
      $0.topics = [
        .with {
          $0.name = "nowhere"
          $0.partitions = [.with { $0.timestamp = -7 }]
        }
      ]
    }
    let partitions = try await fixture.send(request).topics.flatMap(\.partitions)
    #expect(partitions.map(\.errorCode) == [.unsupportedVersion])
  }

  @Test(
    "assignments are refused in Kafka's words",
    arguments: [
      ([], "includes an empty replica list."),
      ([77], "includes broker 77, but no such broker is registered."),
      ([-1], "includes an invalid negative broker id: -1."),
      ([1, 1], "includes the broker 1 more than once."),
    ] as [([Int32], String)])
  func assignments(brokers: [Int32], reason: String) throws {
    let refusal = #expect(throws: ProtocolError.self) {
      try ReplicaAssignment.check(brokers, onlyBroker: 1)
    }
    #expect(refusal?.code == .invalidReplicaAssignment)
    #expect(refusal?.message == "The manual partition assignment \(reason)")
    #expect(throws: Never.self) { try ReplicaAssignment.check([1], onlyBroker: 1) }
  }
}
