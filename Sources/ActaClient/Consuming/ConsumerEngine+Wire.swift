import ActaModel
import ClientCore
import KafkaWire

extension Fetcher.Plan {
  /// From this version on topics are named by id, which all must have.
  private static var byIDSince: Int16 { 13 }

  private static let pressedWaitMilliseconds: Int32 = 5

  /// The newest version that can say it.
  func newestVersion(_ view: ClusterView) -> Int16 {
    let haveIDs = parts.allSatisfy { part in
      view.topics[part.partition.topic].map { $0.id != .zero } ?? false
    }
    return haveIDs ? .max : Self.byIDSince - 1
  }

  func message(_ settings: ConsumerSettings, view: ClusterView) -> FetchRequest {
    var request = FetchRequest()
    request.maxWaitMilliseconds =
      isPressed
      ? min(Self.pressedWaitMilliseconds, settings.fetchMaxWaitMilliseconds)
      : settings.fetchMaxWaitMilliseconds
    request.minBytes = settings.fetchMinBytes
    request.maxBytes = settings.fetchMaxBytes
    request.isolationLevel = settings.isReadCommitted ? 1 : 0
    request.rackID = settings.clientRack
    var places: [String: Int] = [:]
    for part in parts {
      let name = part.partition.topic
      if places[name] == nil {
        var topic = FetchRequest.Topic()
        topic.topic = name
        topic.topicID = view.topics[name]?.id ?? .zero
        places[name] = request.topics.count
        request.topics.append(topic)
      }
      var partition = FetchRequest.Partition()
      partition.partition = part.partition.partition
      partition.fetchOffset = part.offset
      partition.currentLeaderEpoch = part.leaderEpoch
      partition.partitionMaxBytes = part.maxBytes
      if let place = places[name] { request.topics[place].partitions.append(partition) }
    }
    return request
  }
}

extension ConsumerSettings.OffsetReset {
  /// As ListOffsets asks for it.
  func timestamp(at now: Int64) -> Int64 {
    switch self {
    case .earliest: -2
    case .latest, .none: -1
    case .byDuration(let milliseconds): max(0, now - milliseconds)
    }
  }
}

extension ListOffsetsRequest {
  init(_ questions: [(partition: CorePartition, timestamp: Int64)], isReadCommitted: Bool) {
    self.init()
    replicaID = -1
    isolationLevel = isReadCommitted ? 1 : 0
    var places: [String: Int] = [:]
    for question in questions {
      let name = question.partition.topic
      if places[name] == nil {
        var topic = Topic()
        topic.name = name
        places[name] = topics.count
        topics.append(topic)
      }
      var partition = Partition()
      partition.partitionIndex = question.partition.partition
      partition.timestamp = question.timestamp
      if let place = places[name] { topics[place].partitions.append(partition) }
    }
  }
}

extension ListOffsetsResponse {
  var byPartition: [CorePartition: Partition] {
    var answers: [CorePartition: Partition] = [:]
    for topic in topics {
      for partition in topic.partitions {
        answers[CorePartition(topic.name, partition.partitionIndex)] = partition
      }
    }
    return answers
  }
}

extension OffsetForLeaderEpochRequest {
  init(_ checks: [Fetcher.EpochCheck]) {
    self.init()
    // A client's, which sees nothing beyond the high watermark.
    replicaID = -1
    topics = Dictionary(grouping: checks, by: \.question.partition.topic)
      .sorted { $0.key < $1.key }
      .map { name, checks in
        var topic = Topic()
        topic.topic = name
        topic.partitions = checks.map { check in
          var partition = Partition()
          partition.partition = check.question.partition.partition
          partition.currentLeaderEpoch = check.leaderEpoch
          partition.leaderEpoch = check.positionEpoch
          return partition
        }
        return topic
      }
  }
}

extension OffsetForLeaderEpochResponse {
  var byPartition: [CorePartition: EpochEndOffset] {
    var answers: [CorePartition: EpochEndOffset] = [:]
    for topic in topics {
      for partition in topic.partitions {
        answers[CorePartition(topic.topic, partition.partition)] = partition
      }
    }
    return answers
  }
}
