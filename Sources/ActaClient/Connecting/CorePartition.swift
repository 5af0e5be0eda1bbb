import ClientCore

/// A partition as `ClientCore` names it.
typealias CorePartition = ClientCore.TopicPartition

extension CorePartition {
  init(_ partition: TopicPartition) { self.init(partition.topic, partition.partition) }
}

extension TopicPartition {
  init(_ partition: CorePartition) { self.init(partition.topic, partition.partition) }
}
