import ActaModel
package import KafkaWire

extension ProduceSender.Request {
  /// The request as it is said in a version.
  package func message(
    version: Int16, _ settings: ProducerSettings, view: ClusterView
  ) -> ProduceRequest {
    var message = ProduceRequest()
    message.transactionalID = settings.transactionalID
    message.acks = settings.acks
    message.timeoutMilliseconds = settings.requestTimeoutMilliseconds
    var byTopic: [String: Int] = [:]
    for batch in batches {
      let name = batch.partition.topic
      let index =
        byTopic[name]
        ?? {
          var topic = ProduceRequest.Topic()
          topic.name = name
          topic.topicID = view.topics[name]?.id ?? .zero
          message.topicData.append(topic)
          byTopic[name] = message.topicData.count - 1
          return message.topicData.count - 1
        }()
      var partition = ProduceRequest.Partition()
      partition.index = batch.partition.partition
      partition.records = batch.slice
      message.topicData[index].partitionData.append(partition)
    }
    return message
  }

  package var topics: Set<String> { Set(batches.map(\.partition.topic)) }

  /// From this version on topics are named by id, which all must have.
  private static var byIDSince: Int16 { 13 }

  /// From this version on writing adds a partition to the transaction.
  private static var addsByWritingSince: Int16 { 12 }

  /// The newest version that can say it.
  ///
  /// - Parameter addsByWriting: `false` in a transaction of the first generation.
  package func newestVersion(_ view: ClusterView, addsByWriting: Bool) -> Int16 {
    if !addsByWriting { return Self.addsByWritingSince - 1 }
    let haveIDs = batches.allSatisfy { batch in
      view.topics[batch.partition.topic].map { $0.id != .zero } ?? false
    }
    return haveIDs ? .max : Self.byIDSince - 1
  }
}
