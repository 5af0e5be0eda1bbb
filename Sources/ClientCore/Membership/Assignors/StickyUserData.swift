import ActaModel
import Coordination

/// What members of the `sticky` assignor tell the leader of what they had, since they have given it up by then:
///
///     previous assignment [topic string, [int32]], v1: generation int32
///
/// There is no version in it: it is of the first where the generation is missing.
struct StickyUserData: Equatable {
  var partitions: [TopicPartition]
  var generation: Int32?

  init(partitions: [TopicPartition], generation: Int32?) {
    self.partitions = partitions
    self.generation = generation
  }

  /// `nil` if the bytes are something else.
  init?(reading bytes: [UInt8]) {
    var reader = ConsumerProtocolReader(bytes)
    guard let partitions = reader.readPartitions() else { return nil }
    self.partitions = partitions.map { TopicPartition($0.topic, $0.number) }
    generation = reader.readInt32()
  }

  var bytes: [UInt8] {
    let byTopic = Dictionary(grouping: partitions, by: \.topic)
    var topics: [String] = []
    var seen: Set<String> = []
    var grown = 0
    for partition in partitions {
      grown = topics.count
      if seen.insert(partition.topic).inserted { topics.append(partition.topic) }
    }
    var writer = ConsumerProtocolWriter()
    writer.write(
      JavaHash.listedIfAbsent(topics, grownFor: grown).flatMap { topic in
        byTopic[topic, default: []].map { .init(topic: topic, number: $0.partition) }
      })
    if let generation { writer.write(generation) }
    return writer.bytes
  }
}
