/// A partition as clients name it.
package struct TopicPartition: Hashable, Sendable {
  package let topic: String
  package let partition: Int32

  package init(_ topic: String, _ partition: Int32) {
    self.topic = topic
    self.partition = partition
  }
}

extension TopicPartition: Comparable {
  package static func < (one: Self, other: Self) -> Bool {
    (one.topic, one.partition) < (other.topic, other.partition)
  }
}

extension TopicPartition: CustomStringConvertible {
  package var description: String { "\(topic)-\(partition)" }
}
