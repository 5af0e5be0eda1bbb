import Synchronization

/// Every topic as of one moment: an immutable snapshot that readers share without a lock.
package final class Catalog: Sendable {
  /// Sorted by name, by byte value.
  package let topics: [Topic]
  /// Differs from that of every other catalog of this process.
  package let version: UInt64
  private static let versions = Atomic<UInt64>(0)
  private let byName: [String: Int]
  private let byCollisionKey: [String: Int]
  private let byID: [TopicID: Int]
  private let byPartition: [PartitionID: (topic: Int, number: Int32)]

  package init(_ topics: [Topic]) {
    let sorted = topics.sorted { $0.name.utf8.lexicographicallyPrecedes($1.name.utf8) }
    self.topics = sorted
    version = Self.versions.add(1, ordering: .relaxed).newValue
    byName = Dictionary(uniqueKeysWithValues: sorted.enumerated().map { ($1.name, $0) })
    byCollisionKey = Dictionary(
      sorted.enumerated().map { (TopicName.collisionKey($1.name), $0) },
      uniquingKeysWith: { first, _ in first })
    byID = Dictionary(uniqueKeysWithValues: sorted.enumerated().map { ($1.id, $0) })
    var byPartition: [PartitionID: (topic: Int, number: Int32)] = [:]
    for (index, topic) in sorted.enumerated() {
      for (number, partition) in topic.partitions.enumerated() {
        byPartition[partition] = (index, Int32(number))
      }
    }
    self.byPartition = byPartition
  }

  /// Of all topics together.
  package var partitionCount: Int { byPartition.count }

  package subscript(name: String) -> Topic? { byName[name].map { topics[$0] } }
  package subscript(id id: TopicID) -> Topic? { byID[id].map { topics[$0] } }

  /// The topic whose name differs only in `.` against `_`, or in nothing.
  package func topicColliding(with name: String) -> Topic? {
    byCollisionKey[TopicName.collisionKey(name)].map { topics[$0] }
  }

  package func location(of partition: PartitionID) -> (topic: Topic, number: Int32)? {
    byPartition[partition].map { (topics[$0.topic], $0.number) }
  }
}
