import ActaModel
import KafkaConfig
import KafkaWire
import LogStorage

/// DeleteRecords, versions 0–2: moves log start offsets forward (KafkaWire/PROTOCOL.md §8).
/// Rights: DELETE of each topic.
struct DeleteRecordsHandler: Handler {
  let broker: Broker

  func handle(
    _ request: DeleteRecordsRequest, _ context: RequestContext,
    respond: @escaping @Sendable (Outcome<DeleteRecordsResponse>) -> Void
  ) {
    let checked = request.topics.flatMap { topic in
      let found = Result { () throws(ProtocolError) in
        try broker.topic(named: topic.name, to: .delete, for: context.session)
      }
      return topic.partitions.map { partition in
        Result { () throws(ProtocolError) in
          (
            target: try target(partition, of: try found.get()),
            subject: "\(topic.name)-\(partition.partitionIndex)"
          )
        }
      }
    }
    let finish: @Sendable ([Result<Int64, ProtocolError>]) -> Void = { results in
      respond(.response(Self.response(to: request, results)))
    }
    let targets = checked.compactMap { try? $0.get().target }
    guard !targets.isEmpty else { return finish(checked.map { $0.map { _ in -1 } }) }
    broker.storage.deleteRecords(targets, by: context.session.trimAuthor) { deleted in
      finish(checked.settled(with: deleted.map { $0.map(\.value) }) { $0.subject })
    }
  }

  private func target(
    _ partition: DeleteRecordsRequest.Partition, of topic: Topic
  ) throws(ProtocolError) -> RecordDeletion {
    let id = try broker.partition(partition.partitionIndex, of: topic)
    if topic.isInternal {
      throw ProtocolError(.invalidTopicException, "\(topic.name) is an internal topic.")
    }
    if broker.settings(of: topic).config.isCompactedOnly {
      throw ProtocolError(
        .policyViolation, "\(topic.name) is compacted and not deleted by age or size.")
    }
    // -1 is the high watermark.
    if partition.offset == -1 { return RecordDeletion(partition: id, beforeOffset: nil) }
    guard let offset = Offset(exactly: partition.offset) else {
      throw ProtocolError(.offsetOutOfRange)
    }
    return RecordDeletion(partition: id, beforeOffset: offset)
  }

  private static func response(
    to request: DeleteRecordsRequest, _ results: [Result<Int64, ProtocolError>]
  ) -> DeleteRecordsResponse {
    var next = results.makeIterator()
    var response = DeleteRecordsResponse()
    response.topics = request.topics.lazy.filter { !$0.partitions.isEmpty }.map { topic in
      var answer = DeleteRecordsResponse.Topic()
      answer.name = topic.name
      answer.partitions = topic.partitions.map { partition in
        var data = DeleteRecordsResponse.Partition()
        data.partitionIndex = partition.partitionIndex
        data.lowWatermark = -1
        switch next.next() {
        case .success(let lowWatermark): data.lowWatermark = lowWatermark
        case .failure(let error): data.errorCode = error.code
        case nil: data.errorCode = .unknownServerError
        }
        return data
      }
      return answer
    }
    return response
  }
}
