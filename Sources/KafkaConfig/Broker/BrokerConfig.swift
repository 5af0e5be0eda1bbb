/// A broker's configuration, checked and complete. It does not change: a broker whose configuration
/// changes goes by another one from then on (`LiveConfig`).
///
/// Properties give what the broker goes by; `entries` gives every key as DescribeConfigs shows it. An
/// object and not a struct, because every request looks at it: handing it out costs one reference,
/// where a copy would cost one for each of its dictionaries and texts.
package final class BrokerConfig: Sendable {
  /// What the broker was started with, as it was given.
  let texts: [String: String]
  let hostName: String
  /// What is set at run time.
  package let dynamic: DynamicSettings
  /// What was set, from the layer that counts most down; the last is what the broker was started with.
  let layers: [Layer]
  /// What is in force; keys without a value are missing.
  let values: ConfigValues
  /// What holds for topics without values of their own, by the topic's key.
  let topicDefaults: [String: ConfigValue]

  package let nodeID: Int32
  package let listeners: [Listener]
  /// First of `log.dirs` or `log.dir`: where the database lives if no file is named.
  package let logDirectory: String?

  package let numPartitions: Int
  package let defaultReplicationFactor: Int
  package let autoCreateTopics: Bool
  package let deleteTopicEnable: Bool
  package let messageMaxBytes: Int
  package let fetchMaxBytes: Int
  /// `max.request.partition.size.limit`
  package let maxRequestPartitions: Int
  package let retentionCheckIntervalMilliseconds: Int64
  /// `log.cleaner.enable`
  package let cleanerEnabled: Bool
  /// `log.cleaner.backoff.ms`
  package let cleanerBackoffMilliseconds: Int64

  package let connections: ConnectionConfig
  package let groups: GroupConfig
  package let transactions: TransactionConfig

  /// `acta.tail.cache.bytes`
  package let tailCache: MemoryAmount
  /// `acta.queue.max.bytes`
  package let queueMaxBytes: Int
  /// `acta.max.decompressed.bytes`
  package let maxDecompressedBytes: Int
  /// `acta.reader.threads`
  package let readerThreads: Int
  /// `acta.wal.max.bytes`; `nil`: a quarter of what is free on the disk.
  package let logMaximumBytes: Int?
  /// `acta.disk.reserve.bytes`
  package let diskReserveBytes: Int64

  /// - Parameter hostName: What clients are told where no advertised host is set.
  package convenience init(_ layers: ConfigLayers, hostName: String) throws(ConfigError) {
    try self.init(layers.settings.mapValues(\.value), hostName: hostName)
  }

  /// - Parameter settings: Texts by key; all keys are in `ConfigKeys.broker`.
  package init(
    _ settings: [String: String] = [:], dynamic: DynamicSettings = DynamicSettings(),
    hostName: String = "localhost"
  ) throws(ConfigError) {
    layers = [
      Layer(.dynamicBroker, try Self.parse(dynamic.broker, in: .broker)),
      Layer(.dynamicDefaultBroker, try Self.parse(dynamic.defaults, in: .defaults)),
      Layer(.staticBroker, try Self.parse(settings)),
    ]
    let set = layers.reversed().reduce(into: [:]) { $0.merge($1.values) { $1 } }
    texts = settings
    self.dynamic = dynamic
    self.hostName = hostName
    let values = ConfigValues(values: Self.defaults(besides: set).merging(set) { $1 })
    self.values = values
    topicDefaults = Self.topicDefaults(values)
    try Self.checkConsistency(values, topicDefaults: topicDefaults)

    nodeID = Int32(values.int("node.id"))
    listeners = try ListenerRules(values: values, hostName: hostName).listeners()
    logDirectory = [values.list("log.dirs"), values.list("log.dir")].compactMap(\.?.first).first
    numPartitions = values.int("num.partitions")
    defaultReplicationFactor = values.int("default.replication.factor")
    autoCreateTopics = values.boolean("auto.create.topics.enable")
    deleteTopicEnable = values.boolean("delete.topic.enable")
    messageMaxBytes = values.int("message.max.bytes")
    fetchMaxBytes = values.int("fetch.max.bytes")
    maxRequestPartitions = values.int("max.request.partition.size.limit")
    retentionCheckIntervalMilliseconds = values.long("log.retention.check.interval.ms")
    cleanerEnabled = values.boolean("log.cleaner.enable")
    cleanerBackoffMilliseconds = values.long("log.cleaner.backoff.ms")
    connections = ConnectionConfig(values, isSet: { set[$0] != nil })
    groups = GroupConfig(values)
    transactions = TransactionConfig(values)
    tailCache = values.memoryAmount("acta.tail.cache.bytes")
    queueMaxBytes = values.int("acta.queue.max.bytes")
    maxDecompressedBytes = values.int("acta.max.decompressed.bytes")
    readerThreads = values.int("acta.reader.threads")
    let logMaximum = values.int("acta.wal.max.bytes")
    logMaximumBytes = logMaximum < 0 ? nil : max(logMaximum, Self.shortestLogMaximum)
    diskReserveBytes = values.long("acta.disk.reserve.bytes")
  }
}

extension BrokerConfig {
  /// Where values were set, and which.
  struct Layer: Sendable {
    let source: ConfigSource
    let values: [String: ConfigValue]

    init(_ source: ConfigSource, _ values: [String: ConfigValue]) {
      self.source = source
      self.values = values
    }
  }

  /// What is set at run time. Keys that mean nothing here are kept as they are.
  private static func parse(
    _ settings: [String: String], in scope: DynamicSettings.Scope
  ) throws(ConfigError) -> [String: ConfigValue] {
    if settings.isEmpty { return [:] }
    try DynamicSettings.check(settings.keys, in: scope)
    var values: [String: ConfigValue] = [:]
    for (name, text) in settings.sorted(by: { $0.key < $1.key }) {
      guard let key = ConfigKeys.brokerByName[name] else { continue }
      values[name] = try key.value(text)
    }
    return values
  }

  /// Two checkpoints' worth: what a log without any reader may reach.
  private static let shortestLogMaximum = 32 << 20

  /// Defaults of all keys that have one. Kafka demands a node id; one node can do without. And as
  /// long as there is no authentication, no other machine is let in unless the operator says so.
  private static func defaults(besides set: [String: ConfigValue]) -> [String: ConfigValue] {
    var defaults = ConfigKeys.brokerByName.compactMapValues(\.defaultValue)
    defaults["node.id"] = 1
    defaults["broker.id"] = 1
    if set["listeners"] == nil, set["advertised.listeners"] == nil {
      defaults["listeners"] = .list(["PLAINTEXT://127.0.0.1:9092"])
    }
    return defaults
  }

  private static func parse(
    _ settings: [String: String]
  ) throws(ConfigError) -> [String: ConfigValue] {
    var values: [String: ConfigValue] = [:]
    // In order, so that of several mistakes always the same one is reported.
    for (name, text) in settings.sorted(by: { $0.key < $1.key }) {
      guard let key = ConfigKeys.brokerByName[name] else {
        preconditionFailure("\(name) is not a broker's key")
      }
      values[name] = try key.value(text)
    }
    // The old name and the new one stand for each other.
    if values["broker.id"] == -1 { values["broker.id"] = nil }
    guard let nodeID = values["node.id"] ?? values["broker.id"] else { return values }
    guard nodeID == values["broker.id"] ?? nodeID else {
      throw .conflict("You must set `node.id` to the same value as `broker.id`.")
    }
    try ConfigKeys.brokerByName["node.id"]?.check.check(nodeID, of: "node.id")
    values["node.id"] = nodeID
    values["broker.id"] = nodeID
    return values
  }

  /// The first synonym that has a value, in the topic's unit; else the topic's own default.
  private static func topicDefaults(_ values: ConfigValues) -> [String: ConfigValue] {
    var defaults: [String: ConfigValue] = [:]
    for key in ConfigKeys.topic {
      let inherited = key.synonyms.lazy
        .compactMap { synonym in values.values[synonym.name].map(synonym.converted) }
        .first
      defaults[key.name] = inherited ?? key.defaultValue
    }
    // Any negative log.retention.ms is "no limit"; a topic knows only -1.
    if case .integer(let age) = defaults["retention.ms"], age < 0 { defaults["retention.ms"] = -1 }
    return defaults
  }
}
