import ActaModel
import KafkaConfig
import LogStorage
import Synchronization

/// Has compacted topics compacted where that is due, and forgets what was known of those that are not
/// compacted any more; every `log.cleaner.backoff.ms`, unless `log.cleaner.enable` is false.
final class Compaction: Chore {
  /// A backoff of nothing would leave the thread without a rest.
  private static let shortestInterval: Int64 = 10

  private let storage: any LogStorage
  private let topicSettings: TopicSettingsCache
  /// Of the last pass; `nil` before the first.
  private let compacted = Mutex<Set<PartitionID>?>(nil)

  init(storage: any LogStorage, topicSettings: TopicSettingsCache) {
    self.storage = storage
    self.topicSettings = topicSettings
  }

  var name: String { "compaction" }

  func intervalMilliseconds(_ config: BrokerConfig) -> Int64 {
    max(Self.shortestInterval, config.cleanerBackoffMilliseconds)
  }

  func run(at now: Int64, _ config: BrokerConfig, done: @escaping @Sendable () -> Void) {
    let targets = targets
    let partitions = Set(targets.map(\.partition))
    // At the start, too: the last process may not have come to it.
    guard compacted.withLock({ $0 }) != partitions else {
      return compact(targets, at: now, config, done: done)
    }
    storage.forgetCompaction(except: partitions) { [self] result in
      if case .success = result { compacted.withLock { $0 = partitions } }
      compact(targets, at: now, config, done: done)
    }
  }

  private func compact(
    _ targets: [CompactionTarget], at now: Int64, _ config: BrokerConfig,
    done: @escaping @Sendable () -> Void
  ) {
    guard config.cleanerEnabled, !targets.isEmpty else { return done() }
    storage.compact(targets, at: now) { _ in done() }
  }

  private var targets: [CompactionTarget] {
    storage.catalog().topics.flatMap { topic -> [CompactionTarget] in
      let config = topicSettings.settings(of: topic).config
      guard config.isCompacted else { return [] }
      let policy = CompactionPolicy(config)
      return topic.partitions.map { CompactionTarget(partition: $0, policy: policy) }
    }
  }
}

extension CompactionPolicy {
  /// `segment.jitter.ms` has no effect: it is there to keep many logs from being written anew at once, and
  /// they are compacted one after the other.
  init(_ config: TopicConfig) {
    self.init(
      segmentBytes: Int64(config.segmentBytes),
      segmentMilliseconds: config.segmentMilliseconds,
      minLagMilliseconds: config.minCompactionLagMilliseconds,
      maxLagMilliseconds: config.maxCompactionLagMilliseconds,
      minDirtyRatio: config.minCleanableDirtyRatio,
      deleteRetentionMilliseconds: config.deleteRetentionMilliseconds)
  }
}
