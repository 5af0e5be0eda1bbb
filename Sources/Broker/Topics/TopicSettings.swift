import ActaModel
import BatchCodec
import KafkaConfig
import LogStorage
import Synchronization

/// A topic's configuration in the forms that handlers use, worked out once per topic.
struct TopicSettings: Sendable {
  let config: TopicConfig
  let batchRules: BatchRules
  /// As DescribeConfigs and CreateTopics show it.
  var entries: [ConfigEntry] { config.entries }

  init(_ config: TopicConfig, broker: BrokerConfig) {
    self.config = config
    var rules = BatchRules()
    rules.maxMessageBytes = config.maxMessageBytes
    rules.usesLogAppendTime = config.usesLogAppendTime
    rules.timestampBeforeMaxMilliseconds = config.timestampBeforeMaxMilliseconds
    rules.timestampAfterMaxMilliseconds = config.timestampAfterMaxMilliseconds
    rules.compression = Self.codec(config.compressionType)
    rules.compressionLevel = config.compressionLevel
    rules.requiresKeys = config.isCompacted
    rules.maxDecompressedBytes = min(
      broker.maxDecompressedBytes, config.maxDecompressedMessageBytes)
    batchRules = rules
  }

  /// `nil` for `producer`: batches stay as they came.
  private static func codec(_ compressionType: String) -> CompressionCodec? {
    switch compressionType {
    case "uncompressed": CompressionCodec.none
    case "gzip": .gzip
    case "snappy": .snappy
    case "lz4": .lz4
    case "zstd": .zstd
    default: nil
    }
  }
}

/// Remembers the settings of topics; a topic whose overrides changed is worked out anew, and so are all
/// when the broker's configuration changed.
final class TopicSettingsCache: Sendable {
  private struct Entry {
    let overrides: [String: String]
    /// Of the broker's configuration.
    let version: UInt64
    let settings: TopicSettings
  }

  /// Deleted topics leave their entries behind; beyond this many the cache starts afresh.
  private static let maximumCount = 20_000

  private let config: LiveConfig
  private let entries = Mutex<[TopicID: Entry]>([:])

  init(_ config: LiveConfig) { self.config = config }

  func settings(of topic: Topic) -> TopicSettings {
    let broker = config.snapshot
    let known = entries.withLock { $0[topic.id] }
    if let known, known.version == broker.version, known.overrides == topic.configs {
      return known.settings
    }
    let settings = TopicSettings(
      TopicConfig(overrides: topic.configs, broker: broker.config), broker: broker.config)
    entries.withLock { entries in
      if entries.count >= Self.maximumCount { entries.removeAll() }
      // A topic that is only being validated has no id of its own.
      if topic.id.isZero { return }
      entries[topic.id] = Entry(
        overrides: topic.configs, version: broker.version, settings: settings)
    }
    return settings
  }
}
