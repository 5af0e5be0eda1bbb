import Testing

@testable import KafkaConfig

@Suite("Settings of a group") struct GroupOverridesTests {
  @Test(
    "what a group may not set is said in Kafka's words",
    arguments: [
      (["no.such": "1"], "Unknown group config name: no.such"),
      (
        ["consumer.session.timeout.ms": "10"],
        "consumer.session.timeout.ms must be in the range 45000 to 60000 inclusive."
      ),
      (
        ["consumer.heartbeat.interval.ms": "20000"],
        "consumer.heartbeat.interval.ms must be in the range 5000 to 15000 inclusive."
      ),
      (
        ["consumer.session.timeout.ms": "0"],
        "Invalid value 0 for configuration consumer.session.timeout.ms: Value must be at least 1"
      ),
      (
        ["consumer.assignment.interval.ms": "20000"],
        "consumer.assignment.interval.ms must be in the range 0 to 15000 inclusive."
      ),
      (
        ["streams.num.standby.replicas": "9"],
        "streams.num.standby.replicas must be less than or equal to 2"
      ),
      (
        ["share.auto.offset.reset": "never"],
        "Invalid value never for configuration share.auto.offset.reset: Invalid value `never` for"
          + " configuration share.auto.offset.reset. The value must be either 'earliest', 'latest' or"
          + " of the format 'by_duration:<PnDTnHnMn.nS>'."
      ),
    ])
  func objections(overrides: [String: String], sentence: String) throws {
    #expect(GroupOverrides.objection(to: overrides, broker: try BrokerConfig()) == sentence)
  }

  @Test("a session is longer than a heartbeat's interval")
  func order() throws {
    let broker = try BrokerConfig([
      "group.consumer.min.session.timeout.ms": "1000",
      "group.consumer.session.timeout.ms": "45000",
    ])
    let overrides = ["consumer.session.timeout.ms": "5000"]
    #expect(
      GroupOverrides.objection(to: overrides, broker: broker)
        == "consumer.session.timeout.ms must be greater than consumer.heartbeat.interval.ms")
  }

  @Test("what it does not set is the broker's, and is shown so")
  func entries() throws {
    let broker = try BrokerConfig(["group.consumer.heartbeat.interval.ms": "6000"])
    let entries = GroupOverrides.entries(
      of: ["consumer.session.timeout.ms": "50000"], broker: broker)
    #expect(entries.count == ConfigKeys.group.count)
    let session = try #require(entries.first { $0.name == "consumer.session.timeout.ms" })
    #expect(session.value == "50000")
    #expect(session.synonyms.map(\.source) == [.group, .default])
    let heartbeat = try #require(entries.first { $0.name == "consumer.heartbeat.interval.ms" })
    #expect(heartbeat.value == "6000")
    #expect(heartbeat.source == .staticBroker)
  }

  @Test("of stored settings as much is in force as can be")
  func legal() throws {
    let (legal, refusals) = GroupOverrides.legal(
      ["consumer.session.timeout.ms": "1", "consumer.heartbeat.interval.ms": "6000"],
      broker: try BrokerConfig())
    #expect(legal == ["consumer.heartbeat.interval.ms": "6000"])
    #expect(refusals.map(\.name) == ["consumer.session.timeout.ms"])
    #expect(GroupOverrides(legal).heartbeatIntervalMilliseconds == 6_000)
    #expect(GroupOverrides(["share.isolation.level": "read_committed"]).isEmpty)
  }

  @Test("a subscription to metrics is checked as Kafka checks it")
  func metrics() {
    #expect(
      ClientMetricsConfig.objection(to: ["x": "1"])
        == .request("Unknown client metrics configuration: x"))
    #expect(
      ClientMetricsConfig.objection(to: ["match": "a=b"])
        == .value("Illegal client matching pattern: a=b"))
    #expect(ClientMetricsConfig.objection(to: ["match": "client_id=a.*", "metrics": "*"]) == nil)
  }
}
