/// The tables of keys, written to be read. Names, types, defaults and limits are Kafka 4.3's (with
/// the few topic keys that 4.4 adds); keys of Acta's own begin with `acta.`.
package enum ConfigKeys {
  /// Every key that a topic can set.
  package static let topic: [ConfigKey] =
    topicRetention + topicSegments + topicCompaction + topicMessages + topicReplication + topicTiers

  package static let topicByName: [String: ConfigKey] = byName(topic)

  static func byName(_ keys: [ConfigKey]) -> [String: ConfigKey] {
    Dictionary(uniqueKeysWithValues: keys.map { ($0.name, $0) })
  }
}

extension ConfigKeys {
  private static let topicRetention: [ConfigKey] = [
    ConfigKey(
      "cleanup.policy", .list, ["delete"],
      .subset(of: ["compact", "delete"], mayBeEmpty: true), synonyms: [.same("log.cleanup.policy")],
      "What becomes of old records: delete drops them by age and size, compact keeps the latest of"
        + " each key, and an empty list keeps them for ever."),
    ConfigKey(
      "retention.ms", .long, 604_800_000, .atLeast(-1),
      synonyms: [
        .same("log.retention.ms"), .minutes("log.retention.minutes"),
        .hours("log.retention.hours"),
      ],
      "How long records are kept before they are deleted, in milliseconds; -1 is without limit."),
    ConfigKey(
      "retention.bytes", .long, -1, synonyms: [.same("log.retention.bytes")],
      "How large a partition may grow before its oldest records are deleted; negative is without"
        + " limit."),
    ConfigKey(
      "delete.retention.ms", .long, 86_400_000, .atLeast(0),
      synonyms: [.same("log.cleaner.delete.retention.ms")],
      "How long a compacted topic keeps the markers of deleted keys, in milliseconds."),
    ConfigKey(
      "file.delete.delay.ms", .long, 60_000, .atLeast(0),
      synonyms: [.same("log.segment.delete.delay.ms")],
      "How long a deleted segment's file stays; accepted for compatibility, for there are no"
        + " segment files."),
  ]

  private static let topicSegments: [ConfigKey] = [
    ConfigKey(
      "segment.bytes", .int, 1_073_741_824, .atLeast(1_048_576),
      synonyms: [.same("log.segment.bytes")],
      "Size of the newest part of a log, which is never compacted; there are no segment files, and"
        + " retention works on batches."),
    ConfigKey(
      "segment.ms", .long, 604_800_000, .atLeast(1),
      synonyms: [.same("log.roll.ms"), .hours("log.roll.hours")],
      "Age from which the newest part of a log may be compacted, too; there are no segment files, and"
        + " retention works on batches."),
    ConfigKey(
      "segment.jitter.ms", .long, 0, .atLeast(0),
      synonyms: [.same("log.roll.jitter.ms"), .hours("log.roll.jitter.hours")],
      "Random part of segment.ms; accepted for compatibility, for logs are compacted one after the"
        + " other."),
    ConfigKey(
      "segment.index.bytes", .int, 10_485_760, .atLeast(4),
      synonyms: [.same("log.index.size.max.bytes")],
      "Size of a segment's index; accepted for compatibility, for SQLite has its own indexes."),
    ConfigKey(
      "index.interval.bytes", .int, 4096, .atLeast(0),
      synonyms: [.same("log.index.interval.bytes")],
      "Bytes between two index entries; accepted for compatibility, for every record is indexed."),
    ConfigKey(
      "flush.messages", .long, .integer(.max), .atLeast(1),
      synonyms: [.same("log.flush.interval.messages")],
      "Records after which the log is synced; accepted for compatibility, for every acknowledged"
        + " record is synced."),
    ConfigKey(
      "flush.ms", .long, .integer(.max), .atLeast(0),
      synonyms: [.same("log.flush.interval.ms"), .same("log.flush.scheduler.interval.ms")],
      "Time after which the log is synced; accepted for compatibility, for every acknowledged"
        + " record is synced."),
    ConfigKey(
      "preallocate", .boolean, false, synonyms: [.same("log.preallocate")],
      "Whether segment files are allocated in full; accepted for compatibility."),
  ]

  private static let topicCompaction: [ConfigKey] = [
    ConfigKey(
      "min.cleanable.dirty.ratio", .double, 0.5, .fraction,
      synonyms: [.same("log.cleaner.min.cleanable.ratio")],
      "Share of records not yet compacted at which compaction starts."),
    ConfigKey(
      "min.compaction.lag.ms", .long, 0, .atLeast(0),
      synonyms: [.same("log.cleaner.min.compaction.lag.ms")],
      "How long a record stays as it is before it may be compacted away, in milliseconds."),
    ConfigKey(
      "max.compaction.lag.ms", .long, .integer(.max), .atLeast(1),
      synonyms: [.same("log.cleaner.max.compaction.lag.ms")],
      "How long a record may stay before it must be considered for compaction, in milliseconds."),
  ]

  private static let topicMessages: [ConfigKey] = [
    ConfigKey(
      "max.message.bytes", .int, 1_048_588, .atLeast(0), synonyms: [.same("message.max.bytes")],
      "The largest batch of records accepted, as sent (compressed)."),
    ConfigKey(
      "max.decompressed.message.bytes", .int, 2_147_483_639, .atLeast(1),
      synonyms: [.same("max.decompressed.message.bytes")],
      "The most that a compressed batch may unpack to; acta.max.decompressed.bytes bounds it for all"
        + " topics."),
    ConfigKey(
      "compression.type", .string, "producer",
      .oneOf(["uncompressed", "zstd", "lz4", "snappy", "gzip", "producer"]),
      synonyms: [.same("compression.type")],
      "The codec that consumers get batches in; producer keeps the one that each was sent with."),
    ConfigKey(
      "compression.gzip.level", .int, -1, .gzipLevel, synonyms: [.same("compression.gzip.level")],
      "Level for compression.type gzip, 1 to 9; -1 is the codec's own default."),
    ConfigKey(
      "compression.lz4.level", .int, 9, .within(1...17), synonyms: [.same("compression.lz4.level")],
      "Level for compression.type lz4."),
    ConfigKey(
      "compression.zstd.level", .int, 3, .within(-131_072...22),
      synonyms: [.same("compression.zstd.level")],
      "Level for compression.type zstd."),
    ConfigKey(
      "message.timestamp.type", .string, "CreateTime", .oneOf(["CreateTime", "LogAppendTime"]),
      synonyms: [.same("log.message.timestamp.type")],
      "Whose clock gives a record its timestamp: the producer's, or the broker's when it is"
        + " appended."),
    ConfigKey(
      "message.timestamp.before.max.ms", .long, .integer(.max), .atLeast(0),
      synonyms: [.same("log.message.timestamp.before.max.ms")],
      "How far a record's timestamp may lie in the past when it arrives, in milliseconds."),
    ConfigKey(
      "message.timestamp.after.max.ms", .long, 3_600_000, .atLeast(0),
      synonyms: [.same("log.message.timestamp.after.max.ms")],
      "How far a record's timestamp may lie in the future when it arrives, in milliseconds."),
    ConfigKey(
      "errors.deadletterqueue.group.enable", .boolean, false,
      "Whether share groups may use the topic for records they gave up on; accepted for"
        + " compatibility."),
  ]

  private static let topicReplication: [ConfigKey] = [
    ConfigKey(
      "min.insync.replicas", .int, 1, .atLeast(1), synonyms: [.same("min.insync.replicas")],
      "Replicas that must have a record before acks=all is answered; one broker has one."),
    ConfigKey(
      "unclean.leader.election.enable", .boolean, false,
      synonyms: [.same("unclean.leader.election.enable")],
      "Whether a replica that lags may lead; accepted for compatibility, for there is one replica."
    ),
    ConfigKey(
      "leader.replication.throttled.replicas", .list, [], .throttledReplicas,
      "Replicas whose leaders are throttled; accepted for compatibility."),
    ConfigKey(
      "follower.replication.throttled.replicas", .list, [], .throttledReplicas,
      "Replicas whose followers are throttled; accepted for compatibility."),
  ]

  private static let topicTiers: [ConfigKey] = [
    ConfigKey(
      "remote.storage.enable", .boolean, false,
      "Whether old data moves to a remote tier, which Acta does not have."),
    ConfigKey(
      "local.retention.ms", .long, -2, .atLeast(-2), synonyms: [.same("log.local.retention.ms")],
      "How long data stays beside the remote tier; -2 means as long as retention.ms."),
    ConfigKey(
      "local.retention.bytes", .long, -2, .atLeast(-2),
      synonyms: [.same("log.local.retention.bytes")],
      "How much data stays beside the remote tier; -2 means as much as retention.bytes."),
    ConfigKey(
      "remote.log.copy.disable", .boolean, false,
      "Whether copying to the remote tier is stopped; accepted for compatibility."),
    ConfigKey(
      "remote.log.delete.on.disable", .boolean, false,
      "Whether the remote tier is emptied when it is turned off; accepted for compatibility."),
    ConfigKey(
      "remote.copy.lag.ms", .long, 0, .atLeast(-1), synonyms: [.same("log.remote.copy.lag.ms")],
      "Age at which data may be copied to the remote tier; accepted for compatibility."),
    ConfigKey(
      "remote.copy.lag.bytes", .long, -1, .atLeast(-1),
      synonyms: [.same("log.remote.copy.lag.bytes")],
      "Size beyond which data may be copied to the remote tier; accepted for compatibility."),
  ]
}
