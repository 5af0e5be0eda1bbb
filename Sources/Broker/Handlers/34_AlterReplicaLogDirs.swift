import ActaModel
import KafkaWire
import LogStorage

/// AlterReplicaLogDirs, versions 1–2: there is one directory, the database, and everything is in it.
///
/// A partition is answered once; of more than one directory the last counts, as in Kafka.
///
/// Rights: ALTER of the cluster.
struct AlterReplicaLogDirsHandler: Handler {
  let broker: Broker

  private struct Place: Hashable {
    let topic: ExactText
    let partition: Int32
  }

  func handle(
    _ request: AlterReplicaLogDirsRequest, _ context: RequestContext,
    respond: @escaping @Sendable (Outcome<AlterReplicaLogDirsResponse>) -> Void
  ) {
    let mayAlter = context.session.authorize(.alter, .cluster)
    var paths: [String] = []
    let places = request.dirs.flatMap { dir in
      dir.topics.flatMap { topic in
        topic.partitions.map { partition in
          paths.append(dir.path)
          return Place(topic: ExactText(topic.name), partition: partition)
        }
      }
    }
    let distinct = Distinct(places)
    var chosen = Array(repeating: "", count: distinct.items.count)
    for (path, place) in zip(paths, distinct.places) { chosen[place] = path }
    let codes = zip(distinct.items, chosen).map { place, path in
      mayAlter ? code(place, path) : .clusterAuthorizationFailed
    }
    let bytes = distinct.items.count * AnswerSize.element
    let names = AnswerSize.sum(distinct.items) { AnswerSize.text($0.topic.text) }
    respond(
      .large(LargeAnswer(bytes: bytes + names) { Self.response(distinct.items, codes) }))
  }

  private func code(_ place: Place, _ path: String) -> ErrorCode {
    guard ExactText(path) == ExactText(broker.storage.identity.location) else {
      return .logDirNotFound
    }
    let topic = broker.storage.catalog()[place.topic.text]
    return topic?.partition(place.partition) == nil ? .unknownTopicOrPartition : .none
  }

  private static func response(
    _ places: [Place], _ codes: [ErrorCode]
  ) -> AlterReplicaLogDirsResponse {
    let names = Distinct(places.lazy.map(\.topic))
    var topics = names.items.map { name in
      var topic = AlterReplicaLogDirsResponse.Topic()
      topic.topicName = name.text
      return topic
    }
    for (index, topic) in names.places.enumerated() {
      var partition = AlterReplicaLogDirsResponse.Partition()
      partition.partitionIndex = places[index].partition
      partition.errorCode = codes[index]
      topics[topic].partitions.append(partition)
    }
    var response = AlterReplicaLogDirsResponse()
    response.results = topics
    return response
  }
}
