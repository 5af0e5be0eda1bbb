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

  /// The same with another configuration.
  package func with(configs: [String: String]) -> Topic {
    Topic(id: id, name: name, isInternal: isInternal, partitions: partitions, configs: configs)
  }
}

package struct NewTopic: Sendable {
  package let id: TopicID
  package let name: String
  package let partitionCount: Int
  package let isInternal: Bool
  package let configs: [String: String]
  /// Whose configuration that is.
  package let author: ConfigAuthor

  package init(
    id: TopicID, name: String, partitionCount: Int, isInternal: Bool = false,
    configs: [String: String] = [:], by author: ConfigAuthor = ConfigAuthor(.createTopics)
  ) {
    self.author = author
    self.id = id
    self.name = name
    self.partitionCount = partitionCount
    self.isInternal = isInternal
    self.configs = configs
  }
}
