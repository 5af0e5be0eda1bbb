import ActaModel
import KafkaConfig
import LogStorage

/// Deletes what topics no longer keep: whole batches from the start of each partition, by age
/// (`retention.ms`) and by size (`retention.bytes`).
///
/// A clock that jumped deletes nothing (`ClockWatch`).
package struct Retention: Sendable {
  private let broker: Broker
  private var clock = ClockWatch()

  package init(_ broker: Broker) {
    self.broker = broker
  }

  /// Starts one pass over all partitions; false if the clock is not to be trusted.
  ///
  /// - Parameter monotonic: Milliseconds of a clock that never jumps.
  package mutating func run(monotonic: Int64) -> Bool {
    let wall = broker.wallClock()
    guard clock.trusts(wall: wall, monotonic: monotonic) else { return false }
    Self.apply(to: broker.partitionsUnderRetention(now: wall)[...], in: broker)
    return true
  }

  /// One partition after the other, so that a pass never crowds the write queue.
  private static func apply(
    to work: ArraySlice<(PartitionID, RetentionPolicy)>, in broker: Broker
  ) {
    guard let (partition, policy) = work.first else { return }
    let rest = work.dropFirst()
    broker.storage.applyRetention(policy, to: partition) { result in
      // A partition may vanish meanwhile; a storage that failed reports it by itself. Refusals for
      // want of room come at once: going on would only nest one call in another for each of the
      // rest, which the next pass can do as well.
      if case .failure(let error) = result, error == .closed || error == .overloaded { return }
      apply(to: rest, in: broker)
    }
  }
}

extension Broker {
  fileprivate func partitionsUnderRetention(now: Int64) -> [(PartitionID, RetentionPolicy)] {
    storage.catalog().topics.flatMap { topic -> [(PartitionID, RetentionPolicy)] in
      let config = settings(of: topic).config
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
