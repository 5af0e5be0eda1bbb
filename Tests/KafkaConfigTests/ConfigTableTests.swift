import Foundation
import KafkaConfig
import Testing

@Suite("Configuration tables") struct ConfigTableTests {
  /// The tables as they were read out of Kafka's sources.
  struct Reference: Decodable {
    let topic: [Key]
    let broker: [Key]

    struct Key: Decodable {
      let name: String
      let type: String
      let `default`: Default
      let update: String?
      let brokerSynonyms: [String]?
    }

    enum Default: Decodable {
      case text(String)
      case number(Double, exact: Int64?)
      case boolean(Bool)

      init(from decoder: any Decoder) throws {
        let container = try decoder.singleValueContainer()
        if let value = try? container.decode(Bool.self) {
          self = .boolean(value)
        } else if let value = try? container.decode(Int64.self) {
          self = .number(Double(value), exact: value)
        } else if let value = try? container.decode(Double.self) {
          self = .number(value, exact: nil)
        } else {
          self = .text(try container.decode(String.self))
        }
      }

      /// As Kafka shows it; `nil` where the default is described in brackets.
      var shown: String? {
        switch self {
        case .text(let text): text.hasPrefix("(") ? nil : text
        case .number(let value, let exact): exact.map { String($0) } ?? String(value)
        case .boolean(let value): String(value)
        }
      }
    }
  }

  let reference: Reference

  init() throws {
    reference = try JSONDecoder().decode(Reference.self, from: Fixtures.data("configs.json"))
  }

  @Test("the topic's keys are Kafka's, with its types, defaults and synonyms")
  func topicKeys() throws {
    // 4.4 has one more.
    let added: Set<String> = ["max.decompressed.message.bytes"]
    #expect(
      Set(ConfigKeys.topic.map(\.name)).subtracting(added) == Set(reference.topic.map(\.name)))
    for expected in reference.topic {
      let key = try #require(ConfigKeys.topicByName[expected.name])
      #expect("\(key.type)" == expected.type, "\(key.name)")
      #expect(key.defaultValue?.description == expected.default.shown, "\(key.name)")
      let synonyms = (expected.brokerSynonyms ?? []).map { $0.prefix { $0 != "=" } }
      #expect(key.synonyms.map(\.name) == synonyms.map(String.init), "\(key.name)")
    }
  }

  @Test("a synonym with a default of its own has it")
  func synonymDefaults() throws {
    for synonym in reference.topic.flatMap({ $0.brokerSynonyms ?? [] }) {
      let parts = synonym.split(separator: "=").map(String.init)
      let key = try #require(ConfigKeys.brokerByName[parts[0]])
      if parts.count == 2 { #expect(key.defaultValue?.description == parts[1], "\(synonym)") }
    }
  }

  @Test("the broker's keys have Kafka's types, defaults and update modes")
  func brokerKeys() throws {
    let updates: [String: ConfigKey.Update] = [
      "read-only": .readOnly, "cluster-wide": .clusterWide, "per-broker": .perBroker,
    ]
    #expect(reference.broker.count == 85)
    for expected in reference.broker {
      let key = try #require(ConfigKeys.brokerByName[expected.name], "\(expected.name)")
      #expect("\(key.type)" == expected.type, "\(key.name)")
      #expect(key.update == updates[expected.update ?? ""], "\(key.name)")
      // Its default is a map of four protocols, which the reference only describes.
      if key.name == "listener.security.protocol.map" { continue }
      #expect(key.defaultValue?.description == expected.default.shown, "\(key.name)")
    }
  }

  @Test("whatever the reference lacks is a topic's default, one of a few named keys, or Acta's own")
  func additionalKeys() {
    let synonyms = Set(ConfigKeys.topic.flatMap(\.synonyms).map(\.name))
    let others = Set(ConfigKeys.broker.map(\.name))
      .subtracting(reference.broker.map(\.name)).subtracting(synonyms)
      .filter { !$0.hasPrefix("acta.") }
    #expect(
      others == [
        "controller.listener.names", "log.cleaner.backoff.ms", "log.cleaner.dedupe.buffer.size",
        "log.cleaner.io.buffer.load.factor", "log.cleaner.io.buffer.size",
        "log.cleaner.io.max.bytes.per.second", "log.cleaner.threads",
        "max.connection.creation.rate", "num.recovery.threads.per.data.dir",
        "num.replica.fetchers", "socket.listen.backlog.size",
        "transaction.remove.expired.transaction.cleanup.interval.ms",
        "transaction.two.phase.commit.enable",
      ])
  }

  @Test("every default passes under its own type and check", arguments: ["topic", "broker"])
  func defaults(table: String) throws {
    for key in table == "topic" ? ConfigKeys.topic : ConfigKeys.broker {
      guard let value = key.defaultValue else { continue }
      #expect(try key.value(value.description) == value, "\(key.name)")
    }
  }

  @Test("documentation is a sentence")
  func documentation() {
    for key in ConfigKeys.topic + ConfigKeys.broker + ConfigKeys.group + ClientMetricsConfig.keys {
      #expect(key.documentation.hasSuffix("."), "\(key.name)")
      #expect(key.documentation.count > 20, "\(key.name)")
    }
  }
}
