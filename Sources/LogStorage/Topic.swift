import ActaModel
import Synchronization

/// A topic and its partitions, as of one moment.
package struct Topic: Sendable, Equatable {
  package let id: TopicID
  package let name: String
  package let isInternal: Bool
  /// The storage's id of each partition; the index is the partition's number.
  package let partitions: [PartitionID]
  /// The configuration set on the topic itself, name to value; defaults are not in here.
  package let configs: [String: String]

  package init(
    id: TopicID, name: String, isInternal: Bool, partitions: [PartitionID],
    configs: [String: String]
  ) {
    self.id = id
    self.name = name
    self.isInternal = isInternal
    self.partitions = partitions
    self.configs = configs
  }
}

/// Every topic as of one moment: an immutable snapshot that readers share without a lock.
package final class Catalog: Sendable {
  /// Sorted by name, by byte value.
  package let topics: [Topic]
  /// Differs from that of every other catalog of this process.
  package let version: UInt64
  private static let versions = Atomic<UInt64>(0)
  private let byName: [String: Int]
  private let byID: [TopicID: Int]
  private let byPartition: [PartitionID: (topic: Int, number: Int32)]

  package init(_ topics: [Topic]) {
    let sorted = topics.sorted { $0.name.utf8.lexicographicallyPrecedes($1.name.utf8) }
    self.topics = sorted
    version = Self.versions.add(1, ordering: .relaxed).newValue
    byName = Dictionary(uniqueKeysWithValues: sorted.enumerated().map { ($1.name, $0) })
    byID = Dictionary(uniqueKeysWithValues: sorted.enumerated().map { ($1.id, $0) })
    var byPartition: [PartitionID: (topic: Int, number: Int32)] = [:]
    for (index, topic) in sorted.enumerated() {
      for (number, partition) in topic.partitions.enumerated() {
        byPartition[partition] = (index, Int32(number))
      }
    }
    self.byPartition = byPartition
  }

  package subscript(name: String) -> Topic? { byName[name].map { topics[$0] } }
  package subscript(id id: TopicID) -> Topic? { byID[id].map { topics[$0] } }

  package func location(of partition: PartitionID) -> (topic: Topic, number: Int32)? {
    byPartition[partition].map { (topics[$0.topic], $0.number) }
  }
}

/// Where a partition's log begins and ends.
package struct LogBounds: Sendable, Equatable {
  /// The first offset that may be read.
  package var logStartOffset: Int64
  /// Consumers read below this; everything below it survives a loss of power.
  package var highWatermark: Int64
  /// The next offset to be written.
  package var logEndOffset: Int64

  package init(logStartOffset: Int64, highWatermark: Int64, logEndOffset: Int64) {
    self.logStartOffset = logStartOffset
    self.highWatermark = highWatermark
    self.logEndOffset = logEndOffset
  }
}
