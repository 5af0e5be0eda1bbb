import ClientCore
import KafkaWire

/// Which records of a partition are to go.
public enum RecordsToDelete: Hashable, Sendable {
  /// Those before an offset.
  case before(Int64)
  /// All that consumers can see.
  case all
}

extension Admin {
  /// Deletes the oldest records of partitions, which then begin behind them.
  ///
  /// - Returns: The offset at which each partition begins now; 1 for an offset behind its end, 44 for a topic that is
  ///   only compacted, 3 for a partition that is not there.
  /// - Throws: `KafkaError` for what concerns all of it, as `Admin` says.
  public func deleteRecords(
    _ records: [TopicPartition: RecordsToDelete]
  ) async throws(KafkaError) -> [TopicPartition: Result<Int64, KafkaError>] {
    try await performEach("deleteRecords(api=METADATA)") { call throws(ClientFailure) in
      try await call.each(records.keys, by: .leader) { node, partitions throws(ClientFailure) in
        var request = DeleteRecordsRequest()
        request.timeoutMilliseconds = call.timeoutMilliseconds
        request.topics = partitions.byTopic.map { name, numbers in
          var topic = DeleteRecordsRequest.Topic()
          topic.name = name
          topic.partitions = numbers.map { number in
            var partition = DeleteRecordsRequest.Partition()
            partition.partitionIndex = number
            partition.offset = records[TopicPartition(name, number)]?.offset ?? 0
            return partition
          }
          return topic
        }
        let response = try await call.send(request, to: node)
        return .telling(response.topics, \.name, \.partitions, \.partitionIndex) {
          .of($1.errorCode, at: $0, $1.lowWatermark)
        }
      }
    }
  }
}

extension RecordsToDelete {
  fileprivate var offset: Int64 {
    switch self {
    // What stands for the high watermark is no offset, and no offset stands for it.
    case .before(let offset): offset < 0 ? .min : offset
    case .all: -1
    }
  }
}
