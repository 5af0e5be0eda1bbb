import ActaModel
import KafkaConfig
import KafkaWire
import LogEngine
import ModelLiterals
import Testing

@testable import Broker

/// A change is one write, and the next request goes by it.
@Suite("Configuration that changes") struct LiveConfigurationTests {
  private let fixture: BrokerFixture

  init() throws { fixture = try .withoutDelay() }

  private func change(_ settings: [String: String]) throws {
    let kept = ["group.initial.rebalance.delay.ms": "0"]
    fixture.config.replace(with: try BrokerConfig(settings.merging(kept) { given, _ in given }))
  }

  @Test("the next produce is judged by the new message.max.bytes, unless the topic has its own")
  func largestMessage() async throws {
    let topic = try await fixture.createTopic("orders")
    let own = try await fixture.createTopic("own", configs: ["max.message.bytes": "100000"])
    let batch = Batch.of(String(repeating: "x", count: 1_000))
    #expect(try await fixture.produce(batch, to: topic).errorCode == .none)
    try change(["message.max.bytes": "1000"])
    #expect(try await fixture.produce(batch, to: topic).errorCode == .messageTooLarge)
    #expect(try await fixture.produce(batch, to: own).errorCode == .none)
    try change(["message.max.bytes": "2000"])
    #expect(try await fixture.produce(batch, to: topic).errorCode == .none)
  }

  @Test("new topics have the new number of partitions")
  func partitions() async throws {
    try change(["num.partitions": "3"])
    #expect(try await fixture.createTopic("orders", partitions: -1).partitions.count == 3)
  }

  @Test("a longest session that was lowered holds for the next member")
  func sessionTimeout() async throws {
    let member = try await fixture.newMember()
    try change(["group.max.session.timeout.ms": "9999"])
    #expect(try await fixture.join(member).errorCode == .invalidSessionTimeout)
    try change([:])
    #expect(try await fixture.join(member).errorCode == .none)
  }

  @Test("members of consumer groups are told the new heartbeat interval")
  func heartbeatInterval() async throws {
    try await fixture.createTopic("orders")
    let joined = try await fixture.consumerJoin("m", topics: ["orders"])
    #expect(joined.heartbeatIntervalMilliseconds == 5_000)
    try change(["group.consumer.heartbeat.interval.ms": "7000"])
    let answer = try await fixture.consumerHeartbeat("m", joined.memberEpoch)
    #expect(answer.heartbeatIntervalMilliseconds == 7_000)
  }

  @Test("a commit's metadata is held against the new limit")
  func metadata() async throws {
    let topic = try await fixture.createTopic("orders")
    let say: (inout OffsetCommitRequest) -> Void = {
      $0.topics[0].partitions[0].committedMetadata = "four"
    }
    #expect(try await fixture.commit([(0, 1)], of: topic, say) == [.none])
    try change(["offset.metadata.max.bytes": "3"])
    #expect(try await fixture.commit([(0, 1)], of: topic, say) == [.offsetMetadataTooLarge])
  }

  @Test("records go by the new retention time at the next pass")
  func retention() async throws {
    let topic = try await fixture.createTopic("orders")
    try await fixture.produce(Batch.of("a", at: ManualWallClock.start - 3_600_000), to: topic)
    try change(["log.retention.ms": "60000", "log.retention.check.interval.ms": "1000"])
    fixture.timers.advance(milliseconds: 1_000)
    try await fixture.settle(topic)
    #expect(fixture.storage.bounds(of: topic.partitions[0])?.logStartOffset == 1)
  }

  @Test("DescribeConfigs shows what holds now")
  func described() async throws {
    try change(["message.max.bytes": "1000"])
    let request = DescribeConfigsRequest.with {
      $0.resources = [
        .with {
          $0.resourceType = 4
          $0.resourceName = "1"
        }
      ]
    }
    let answer = try #require(try await fixture.send(request).results.first)
    let entry = answer.configs.first { $0.name == "message.max.bytes" }
    #expect(entry?.value == "1000")
  }
}
