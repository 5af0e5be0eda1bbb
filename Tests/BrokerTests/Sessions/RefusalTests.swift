import ActaModel
import Bytes
import KafkaWire
import LogEngine
import ModelLiterals
import Testing

@testable import Broker

/// Refusals whose answer depends on the version, or on whether a topic was named by name or by id.
@Suite("Refusals") struct RefusalTests {
  private let authorizer = ScriptedAuthorizer()
  private let fixture: BrokerFixture

  init() throws { fixture = try BrokerFixture(authorizer: authorizer) }

  private func refuseAll() { authorizer.refuse { _ in true } }

  private func refuse(_ operations: Operation...) {
    authorizer.refuse { operations.contains($0.operation) || $0.subject == .one(.cluster) }
  }

  @Test("a topic named by an id is refused without its name; an unknown id is unknown")
  func byID() async throws {
    let topic = try await fixture.createTopic("secret")
    refuseAll()
    for (asked, code) in [
      (topic, ErrorCode.topicAuthorizationFailed), (.unknown, .unknownTopicID),
    ] {
      let produced = try await fixture.produce(Batch.of("x"), to: asked)
      #expect(produced.errorCode == code)
      #expect(produced.errorMessage?.contains("secret") == false)
      #expect(try await fixture.fetch(asked).errorCode == code)
      let metadata = MetadataRequest.with {
        $0.topics = [
          .with {
            $0.topicID = asked.id
            $0.name = nil
          }
        ]
      }
      let described = try #require(try await fixture.send(metadata).topics.first)
      #expect(described.errorCode == code && described.name == nil)
      #expect(described.topicID == asked.id && described.partitions.isEmpty)
      let deletion = DeleteTopicsRequest.with { $0.topics = [.with { $0.topicID = asked.id }] }
      let answer = try #require(try await fixture.send(deletion).responses.first)
      #expect(answer.errorCode == code && answer.name == nil && answer.topicID == asked.id)
      #expect(answer.errorMessage?.contains("secret") == false)
    }
    #expect(fixture.storage.catalog()["secret"] != nil)
    #expect(fixture.storage.bounds(of: topic.partitions[0])?.logEndOffset == 0)
  }

  @Test("positions by topic id", arguments: versions(of: .offsetCommit, since: 10))
  func positionsByID(version: Int16) async throws {
    let topic = try await fixture.createTopic("secret")
    authorizer.refuse { $0.subject == .one(.topic("secret")) }
    for (asked, code) in [
      (topic, ErrorCode.topicAuthorizationFailed), (.unknown, .unknownTopicID),
    ] {
      #expect(try await fixture.commit([(0, 1)], of: asked, version: version) == [code])
      let fetched = try await fixture.send(OffsetFetchRequest.asking("g", for: [(asked, [0])]))
      let partition = try #require(fetched.groups.first?.topics.first?.partitions.first)
      #expect(partition.errorCode == code && partition.committedOffset == -1)
    }
  }

  @Test("who may describe a topic and not delete it learns whether it is there")
  func describedOnly() async throws {
    let topic = try await fixture.createTopic("secret")
    refuse(.delete)
    let request = DeleteTopicsRequest.with {
      $0.topics = [
        .with { $0.name = "secret" }, .with { $0.name = "ghost" }, .with { $0.topicID = topic.id },
      ]
    }
    let answers = try await fixture.send(request).responses
    #expect(
      answers.map(\.errorCode)
        == [.topicAuthorizationFailed, .unknownTopicOrPartition, .topicAuthorizationFailed])
    #expect(answers.map(\.name) == ["secret", "ghost", "secret"])
    #expect(fixture.storage.catalog()["secret"] != nil)
  }

  @Test("acks=0 learns of a refusal by the end of the connection")
  func silent() async throws {
    let topic = try await fixture.createTopic("secret")
    refuseAll()
    let call = try fixture.begin(
      ProduceRequest.writing([(0, Batch.of("x"))], to: topic, acks: 0))
    let reason = await call.outcome().closeReason
    #expect(reason == "produce with acks=0 failed: TOPIC_AUTHORIZATION_FAILED(29)")
    #expect(fixture.storage.bounds(of: topic.partitions[0])?.logEndOffset == 0)
  }

  @Test("the transactional id counts when a batch is transactional, not when the request has one")
  func transactional() async throws {
    let topic = try await fixture.createTopic("t")
    authorizer.refuse { $0.subject.kind == .transactionalID }
    var request = ProduceRequest.writing(Batch.of("x"), to: topic)
    request.transactionalID = "secret"
    let plain = try await fixture.send(request)
    #expect(plain.responses[0].partitionResponses.map(\.errorCode) == [.none])
    var batch = Batch.of("x")
    batch[22] |= 1 << 4
    request.topicData[0].partitionData = [
      .with { $0.records = ByteSlice(Batch.of("y")) }, .with { $0.records = ByteSlice(batch) },
    ]
    let mixed = try await fixture.send(request)
    #expect(
      mixed.responses[0].partitionResponses.map(\.errorCode)
        == [.transactionalIDAuthorizationFailed, .transactionalIDAuthorizationFailed])
    #expect(fixture.storage.bounds(of: topic.partitions[0])?.logEndOffset == 1)
  }

  @Test("a refused group stands where the version has room", arguments: versions(of: .offsetFetch))
  func offsetFetch(version: Int16) async throws {
    let topic = try await fixture.createTopic("t")
    refuseAll()
    let response = try await fixture.send(
      OffsetFetchRequest.asking("g", for: [(topic, [0])]), version: version)
    let code = ErrorCode.groupAuthorizationFailed
    switch version {
    case 8...: #expect(response.groups.map(\.errorCode) == [code])
    case 2...: #expect(response.errorCode == code && response.topics.isEmpty)
    default: #expect(response.topics.flatMap(\.partitions).map(\.errorCode) == [code])
    }
  }

  @Test("a refused coordinator has no address", arguments: versions(of: .findCoordinator))
  func findCoordinator(version: Int16) async throws {
    refuseAll()
    let request = FindCoordinatorRequest.with {
      $0.key = "g"
      $0.coordinatorKeys = ["g"]
    }
    let response = try await fixture.send(request, version: version)
    if version >= 4 {
      #expect(response.coordinators.map(\.errorCode) == [.groupAuthorizationFailed])
      #expect(response.coordinators.map(\.host) == [""])
    } else {
      #expect(response.errorCode == .groupAuthorizationFailed)
      #expect(response.host == "" && response.nodeID == -1 && response.port == -1)
    }
  }

  @Test("without a right nothing is served by any API but ApiVersions")
  func nothing() async throws {
    try await fixture.furnish()
    refuseAll()
    for access in AccessCase.all {
      let reaction = try await access.reaction(to: "secret", in: fixture)
      let isRefused = reaction.parts.allSatisfy { part in
        [
          .topicAuthorizationFailed, .groupAuthorizationFailed, .clusterAuthorizationFailed,
          .transactionalIDAuthorizationFailed,
        ].contains(part.code)
      }
      // What belongs to no resource is not refused: the broker's own address.
      #expect(isRefused || access.api == .describeCluster, "\(access.testDescription): \(reaction)")
      #expect(!reaction.hasDetail)
    }
    let hello = ApiVersionsRequest.with {
      $0.clientSoftwareName = "a"
      $0.clientSoftwareVersion = "1"
    }
    #expect(try await fixture.send(hello).errorCode == .none)
    authorizer.allowAll()
    #expect(fixture.storage.catalog().topics.map(\.name) == ["open", "secret"])
  }

  @Test("authorized operations are those that are allowed, bit by bit")
  func operations() async throws {
    try await fixture.createTopic("t")
    let request = MetadataRequest.with {
      $0.topics = [.with { $0.name = "t" }, .with { $0.name = "ghost" }]
      $0.allowAutoTopicCreation = false
      $0.includeTopicAuthorizedOperations = true
    }
    // What only READ, only WRITE, … amounts to in Kafka, which contains DESCRIBE.
    for (operation, bits) in [
      (Operation.read, Int32(264)), (.write, 272), (.delete, 320), (.alter, 384), (.describe, 256),
    ] {
      authorizer.refuse { ![operation, .describe].contains($0.operation) }
      let topics = try await fixture.send(request, version: 12).topics
      #expect(topics.map(\.topicAuthorizedOperations) == [bits, bits])
      #expect(topics.map(\.errorCode) == [.none, .unknownTopicOrPartition])
    }
    authorizer.allowAll()
    let all = try await fixture.send(request, version: 12).topics
    #expect(all.map(\.topicAuthorizedOperations) == [3576, 3576])
    let cluster = try await fixture.send(
      DescribeClusterRequest.with { $0.includeClusterAuthorizedOperations = true })
    #expect(cluster.clusterAuthorizedOperations == 8096)
  }
}
