/// A topic's configuration in force: what is set on the topic, else what its broker gives.
package struct TopicConfig: Sendable {
  private let broker: BrokerConfig
  /// What is set on the topic.
  private let settings: [String: ConfigValue]
  /// Stored overrides, and why they are not in force because they would be refused today:
  /// an operator edited the table, or another version wrote them.
  package let objections: [(name: String, reason: String)]
  /// An override that is not in force may have said how long records are kept. While it stands, none are
  /// deleted: a default in its place might delete what the topic was to keep.
  package let isRetentionInDoubt: Bool

  package let retentionMilliseconds: Int64
  package let retentionBytes: Int64
  package let maxMessageBytes: Int
  /// `max.decompressed.message.bytes`
  package let maxDecompressedMessageBytes: Int
  package let minInsyncReplicas: Int
  package let segmentBytes: Int
  package let segmentMilliseconds: Int64
  /// `message.timestamp.type` is LogAppendTime.
  package let usesLogAppendTime: Bool
  package let timestampBeforeMaxMilliseconds: Int64
  package let timestampAfterMaxMilliseconds: Int64
  package let compressionType: String
  /// Of the codec that `compressionType` names; `nil` is the codec's own default.
  package let compressionLevel: Int?
  package let deleteRetentionMilliseconds: Int64
  package let minCleanableDirtyRatio: Double
  package let minCompactionLagMilliseconds: Int64
  package let maxCompactionLagMilliseconds: Int64
  /// `cleanup.policy` has compact.
  package let isCompacted: Bool
  /// `cleanup.policy` has delete.
  package let deletesOldRecords: Bool
  package var isCompactedOnly: Bool { isCompacted && !deletesOldRecords }

  /// - Parameter overrides: What is set on the topic, by key; checked when it was set.
  package init(overrides: [String: String], broker: BrokerConfig) {
    let (settings, refused) = Self.parse(overrides)
    let values = ConfigValues(values: broker.topicDefaults.merging(settings) { $1 })
    self.broker = broker
    self.settings = settings
    objections = refused
    isRetentionInDoubt = refused.contains { Self.retentionKeys.contains($0.name) }
    retentionMilliseconds = values.long("retention.ms")
    retentionBytes = values.long("retention.bytes")
    maxMessageBytes = values.int("max.message.bytes")
    maxDecompressedMessageBytes = values.int("max.decompressed.message.bytes")
    minInsyncReplicas = values.int("min.insync.replicas")
    segmentBytes = values.int("segment.bytes")
    segmentMilliseconds = values.long("segment.ms")
    usesLogAppendTime = values.string("message.timestamp.type") == "LogAppendTime"
    timestampBeforeMaxMilliseconds = values.long("message.timestamp.before.max.ms")
    timestampAfterMaxMilliseconds = values.long("message.timestamp.after.max.ms")
    compressionType = values.string("compression.type") ?? "producer"
    compressionLevel = Self.level(of: compressionType, values)
    deleteRetentionMilliseconds = values.long("delete.retention.ms")
    minCleanableDirtyRatio = values.double("min.cleanable.dirty.ratio")
    minCompactionLagMilliseconds = values.long("min.compaction.lag.ms")
    maxCompactionLagMilliseconds = values.long("max.compaction.lag.ms")
    let policy = values.list("cleanup.policy") ?? []
    isCompacted = policy.contains("compact")
    deletesOldRecords = policy.contains("delete") && !isRetentionInDoubt
  }

  private static let retentionKeys: Set<String> = [
    "cleanup.policy", "retention.ms", "retention.bytes",
  ]

  private static func parse(
    _ overrides: [String: String]
  ) -> (settings: [String: ConfigValue], refused: [(name: String, reason: String)]) {
    var settings: [String: ConfigValue] = [:]
    var refused: [(name: String, reason: String)] = []
    for (name, text) in overrides.sorted(by: { $0.key < $1.key }) {
      do {
        settings[name] = try value(text, of: name)
      } catch {
        refused.append((name, error.description))
      }
    }
    return (settings, refused)
  }

  private static func level(of compressionType: String, _ values: ConfigValues) -> Int? {
    switch compressionType {
    case "gzip":
      let level = values.int("compression.gzip.level")
      return level == -1 ? nil : level
    case "lz4": return values.int("compression.lz4.level")
    case "zstd": return values.int("compression.zstd.level")
    default: return nil
    }
  }
}

extension TopicConfig {
  /// Every key of the topic, by name.
  package var entries: [ConfigEntry] {
    ConfigKeys.topic.sorted { $0.name < $1.name }.map { key in
      let own = settings[key.name]
      var synonyms = key.synonyms.first.map { broker.synonyms(of: $0.name) } ?? []
      if let own {
        synonyms.insert(
          ConfigEntry.Synonym(name: key.name, value: own.description, source: .topic), at: 0)
      }
      return ConfigEntry(
        key, value: own ?? broker.topicDefaults[key.name], isReadOnly: false, synonyms: synonyms)
    }
  }
}
