import ActaModel
import KafkaWire
import LogStorage

/// DescribeLogDirs, versions 1–5: one directory, the database, with the bytes of each partition. What
/// is named twice is told once, as in Kafka.
///
/// Rights: DESCRIBE of the cluster; without it there is no directory.
///
/// - v3: a top-level error. v4: total and usable bytes of the volume; -1 without one, in memory.
struct DescribeLogDirsHandler: Handler {
  let broker: Broker

  func handle(
    _ request: DescribeLogDirsRequest, _ context: RequestContext,
    respond: @escaping @Sendable (Outcome<DescribeLogDirsResponse>) -> Void
  ) {
    guard context.session.authorize(.describe, .cluster) else {
      var response = DescribeLogDirsResponse()
      response.errorCode = .clusterAuthorizationFailed
      return respond(.response(response))
    }
    let asked = self.asked(request)
    let partitions = asked.flatMap { topic, numbers in numbers.map { topic.partitions[$0] } }
    broker.storage.sizes(of: partitions) { result in
      let bytes = AnswerSize.sum(asked) { topic, numbers in
        AnswerSize.element + AnswerSize.text(topic.name) + numbers.count * AnswerSize.element
      }
      respond(.large(LargeAnswer(bytes: bytes) { response(asked, result) }))
    }
  }

  private func response(
    _ asked: [(Topic, [Int])], _ result: Result<[PartitionID: Int64], StorageError>
  ) -> DescribeLogDirsResponse {
    var response = DescribeLogDirsResponse()
    var directory = DescribeLogDirsResponse.LogDir()
    directory.logDir = broker.storage.identity.location
    if let space = broker.volumeSpace() {
      directory.totalBytes = space.total
      directory.usableBytes = space.usable
    }
    switch result {
    case .failure(let error):
      directory.errorCode = ProtocolError(error, about: directory.logDir).code
    case .success(let sizes):
      directory.topics = asked.map { Self.answer($0, partitions: $1, sizes: sizes) }
    }
    response.results = [directory]
    return response
  }

  /// What exists of what was asked for, each partition once; null asks for everything.
  private func asked(_ request: DescribeLogDirsRequest) -> [(Topic, [Int])] {
    let catalog = broker.storage.catalog()
    guard let topics = request.topics else {
      return catalog.topics.map { ($0, Array($0.partitions.indices)) }
    }
    var numbers: [TopicID: Set<Int>] = [:]
    for asked in topics {
      guard let topic = catalog[asked.topic] else { continue }
      numbers[topic.id, default: []].formUnion(asked.partitions.map(Int.init))
    }
    return numbers.compactMap { id, numbers -> (Topic, [Int])? in
      guard let topic = catalog[id: id] else { return nil }
      let known = numbers.filter(topic.partitions.indices.contains).sorted()
      return known.isEmpty ? nil : (topic, known)
    }.sorted { $0.0.name.utf8.lexicographicallyPrecedes($1.0.name.utf8) }
  }

  private static func answer(
    _ topic: Topic, partitions: [Int], sizes: [PartitionID: Int64]
  ) -> DescribeLogDirsResponse.Topic {
    var answer = DescribeLogDirsResponse.Topic()
    answer.name = topic.name
    answer.partitions = partitions.map { number in
      var partition = DescribeLogDirsResponse.Partition()
      partition.partitionIndex = Int32(number)
      partition.partitionSize = sizes[topic.partitions[number]] ?? 0
      return partition
    }
    return answer
  }
}
