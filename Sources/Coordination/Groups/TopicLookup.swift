package import ActaModel

/// The topics that there are, as coordinators see them: one moment, no I/O.
package protocol TopicLookup {
  /// Two lookups with the same version show the same topics.
  var version: UInt64 { get }
  func topic(named name: String) -> TopicShape?
  func topic(id: TopicID) -> TopicShape?
  /// Topics whose whole name matches, in RE2 syntax; `nil` if the pattern is not valid.
  func names(matching pattern: String) -> [String]?
}

package struct TopicShape: Equatable, Sendable {
  package let id: TopicID
  package let name: String
  package let partitionCount: Int32

  package init(id: TopicID, name: String, partitionCount: Int32) {
    self.id = id
    self.name = name
    self.partitionCount = partitionCount
  }
}

extension TopicLookup {
  /// Partitions under the ids of their topics, as far as those are there.
  func identified(_ partitions: [TopicPartition]) -> [TopicID: Set<Int32>] {
    var identified: [TopicID: Set<Int32>] = [:]
    for partition in partitions {
      guard let topic = topic(named: partition.topic),
        (0..<topic.partitionCount).contains(partition.number)
      else { continue }
      identified[topic.id, default: []].insert(partition.number)
    }
    return identified
  }

  /// What a member has, by name and sorted. A partition of a topic that was deleted has no name any
  /// more.
  func named(_ assigned: [TopicID: [Int32: Int32]]) -> [TopicPartition] {
    var named: [TopicPartition] = []
    for (id, numbers) in assigned {
      guard let topic = topic(id: id) else { continue }
      for number in numbers.keys {
        named.append(TopicPartition(topic: topic.name, number: number))
      }
    }
    return named.sorted()
  }
}
