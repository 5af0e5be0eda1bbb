import ActaCLI
import KafkaConfig
import Logging
import Testing

@Suite("Start messages") struct StartMessageTests {
  @Test("the banner says what is served where and what clients are told")
  func banner() throws {
    let listeners = [
      Listener(name: "A", host: "", port: 9092, advertisedHost: "host", advertisedPort: nil),
      Listener(name: "B", host: "::1", port: 0, advertisedHost: "::1", advertisedPort: nil),
      Listener(name: "C", host: "c", port: 0, advertisedHost: "proxy", advertisedPort: 443),
    ]
    let banner = StartMessage.banner(
      sqliteVersion: "3.40.1", dataPath: "orders.db", listeners: listeners,
      ports: ["A": 9092, "B": 40_001, "C": 40_002])
    #expect(
      banner.map(\.text) == [
        "Acta \(Version.current), SQLite 3.40.1",
        "Data file orders.db",
        "Listener A on every interface, port 9092; clients are told host:9092",
        "Listener B on [::1]:40001; clients are told [::1]:40001",
        "Listener C on c:40002; clients are told proxy:443",
      ])
    #expect(banner.allSatisfy { $0.component == "acta" })
  }

  @Test("the ready lines are those that scripts wait for")
  func ready() throws {
    let lines = StartMessage.ready(nodeID: 7).map { message in
      LogLine(
        milliseconds: 0, level: .info, component: message.component, message: message.text
      ).text(utcOffsetSeconds: 0)
    }
    #expect(
      lines == [
        "[1970-01-01 00:00:00,000] INFO [BrokerLifecycleManager id=7] The broker has been unfenced."
          + " Transitioning from RECOVERY to RUNNING. (kafka.server.BrokerLifecycleManager)",
        "[1970-01-01 00:00:00,000] INFO [KafkaRaftServer nodeId=7] Kafka Server started"
          + " (kafka.server.KafkaRaftServer)",
      ])
  }
}
