import ActaModel
import KafkaConfig
import LogStorage

/// Deletes what topics no longer keep: whole batches from the start of each partition, by age
/// (`retention.ms`) and by size (`retention.bytes`); every `log.retention.check.interval.ms`.
struct RecordRetention: Chore {
  let storage: any LogStorage
  let topicSettings: TopicSettingsCache

  var name: String { "retention" }

  func intervalMilliseconds(_ config: BrokerConfig) -> Int64 {
    config.retentionCheckIntervalMilliseconds
  }

  func run(at now: Int64, _ config: BrokerConfig, done: @escaping @Sendable () -> Void) {
    apply(to: policies(at: now)[...], done: done)
  }

  /// One partition after the other, so that a pass never crowds the write queue.
  private func apply(
    to work: ArraySlice<(PartitionID, RetentionPolicy)>, done: @escaping @Sendable () -> Void
  ) {
    guard let (partition, policy) = work.first else { return done() }
    let rest = work.dropFirst()
    storage.applyRetention(policy, to: partition) { result in
      // A partition may vanish meanwhile; a storage that failed reports it by itself. Refusals for
      // want of room come at once: going on would only nest one call in another for each of the
      // rest, which the next pass can do as well.
      if case .failure(let error) = result, error == .closed || error == .overloaded {
        return done()
      }
      apply(to: rest, done: done)
    }
  }

  private func policies(at now: Int64) -> [(PartitionID, RetentionPolicy)] {
    storage.catalog().topics.flatMap { topic -> [(PartitionID, RetentionPolicy)] in
      let config = topicSettings.settings(of: topic).config
      guard config.deletesOldRecords else { return [] }
      let age = config.retentionMilliseconds
      let size = config.retentionBytes
      guard age >= 0 || size >= 0 else { return [] }
      let policy = RetentionPolicy(
        deleteBeforeTimestamp: age < 0 ? nil : now - age, maxBytes: size < 0 ? nil : size)
      return topic.partitions.map { ($0, policy) }
    }
  }
}
