import ActaModel
import Bytes
import KafkaWire
import LogEngine
import LogStorage
import Testing

@testable import Broker

/// The log's topic, where a request has a type of that name too.
typealias StoredTopic = Topic

/// The steps that most tests begin with.
extension BrokerFixture {
  @discardableResult
  func createTopic(
    _ name: String, partitions: Int32 = 1, configs: [String: String] = [:]
  ) async throws -> Topic {
    let topic = CreateTopicsRequest.Topic.with {
      $0.name = name
      $0.numPartitions = partitions
      $0.replicationFactor = -1
      $0.configs = configs.map { name, value in
        .with {
          $0.name = name
          $0.value = value
        }
      }
    }
    let response = try await send(CreateTopicsRequest.with { $0.topics = [topic] })
    #expect(response.topics.map(\.errorCode) == [.none])
    return try #require(storage.catalog()[name])
  }

  func deleteTopic(_ topic: Topic) async throws {
    let request = DeleteTopicsRequest.with {
      $0.topics = [.with { $0.topicID = topic.id }]
    }
    let response = try await send(request)
    #expect(response.responses.map(\.errorCode) == [.none])
  }

  @discardableResult
  func produce(
    _ batch: [UInt8]?, to topic: Topic, partition: Int32 = 0, version: Int16? = nil
  ) async throws -> ProduceResponse.Partition {
    let response = try await send(
      ProduceRequest.writing(batch, to: topic, partition: partition), version: version)
    return try #require(response.responses.first?.partitionResponses.first)
  }

  func fetch(
    _ topic: Topic, partition: Int32 = 0, from offset: Int64 = 0, version: Int16? = nil
  ) async throws -> FetchResponse.Partition {
    let response = try await send(
      FetchRequest.reading(topic, partition: partition, from: offset), version: version)
    return try #require(response.responses.first?.partitions.first)
  }

  /// Deletes the records of partition 0 below `offset` and returns the log start afterwards.
  @discardableResult
  func deleteRecords(of topic: Topic, below offset: Int64) async throws -> Int64 {
    let request = DeleteRecordsRequest.with {
      $0.topics = [
        .with {
          $0.name = topic.name
          $0.partitions = [.with { $0.offset = offset }]
        }
      ]
    }
    let partition = try #require(try await send(request).topics.first?.partitions.first)
    #expect(partition.errorCode == .none)
    return partition.lowWatermark
  }

  /// Returns when the writer has done all that it was asked to before, wakes included: the second
  /// request is only looked at after the first was finished with.
  func settle(_ topic: Topic) async throws {
    for _ in 0..<2 { try await deleteRecords(of: topic, below: 0) }
  }
}

extension ProduceRequest {
  static func writing(
    _ batch: [UInt8]?, to topic: StoredTopic, partition: Int32 = 0, acks: Int16 = -1
  ) -> ProduceRequest {
    writing([(partition, batch)], to: topic, acks: acks)
  }

  static func writing(
    _ batches: [(partition: Int32, bytes: [UInt8]?)], to topic: StoredTopic, acks: Int16 = -1
  ) -> ProduceRequest {
    .with {
      $0.acks = acks
      $0.topicData = [
        .with {
          $0.name = topic.name
          $0.topicID = topic.id
          $0.partitionData = batches.map { partition, bytes in
            .with {
              $0.index = partition
              $0.records = bytes.map { ByteSlice($0) }
            }
          }
        }
      ]
    }
  }
}

extension FetchRequest {
  /// Reads at once whatever there is, of one partition.
  static func reading(
    _ topic: StoredTopic, partition: Int32 = 0, from offset: Int64 = 0
  ) -> FetchRequest {
    reading([partition], of: topic, from: offset)
  }

  static func reading(_ partitions: [Int32], of topic: StoredTopic, from offset: Int64)
    -> FetchRequest
  {
    .with {
      $0.minBytes = 1
      $0.topics = [
        .with {
          $0.topic = topic.name
          $0.topicID = topic.id
          $0.partitions = partitions.map { partition in
            .with {
              $0.partition = partition
              $0.fetchOffset = offset
              $0.partitionMaxBytes = .max
            }
          }
        }
      ]
    }
  }

  /// Waits for `minBytes` up to `milliseconds`.
  static func waiting(
    _ milliseconds: Int32, for topic: StoredTopic, from offset: Int64 = 0, minBytes: Int32 = 1
  ) -> FetchRequest {
    var request = reading(topic, from: offset)
    request.maxWaitMilliseconds = milliseconds
    request.minBytes = minBytes
    return request
  }
}

extension Topic {
  /// A topic that no broker has.
  static let unknown = Topic(
    id: TopicID(high: 1, low: 2), name: "unknown", isInternal: false, partitions: [], configs: [:])
}
