import ActaModel
import ActaNode
import BatchCodec
import Bytes
import KafkaWire
import Synchronization
import Testing

/// A client of a node in this process, in typed requests. It has one connection, as a plain client has.
final class NodeClient: Sendable {
  let connection: ActaNode.Connection
  private let lastCorrelationID = Mutex<Int32>(0)

  init(of node: ActaNode) throws { connection = try node.connect() }

  /// The response to a request of the newest version; `nil` if it wants none.
  func ask<R: RequestMessage>(_ request: R) async throws -> R.Response? {
    let version = try #require(APIVersionTable.served.first { $0.key == R.api }?.range.upperBound)
    let correlationID = lastCorrelationID.withLock { id in
      id += 1
      return id
    }
    let whole = [UInt8](
      try Frame.encode(
        request, version: version, correlationID: correlationID, clientID: "node-client"))
    guard let frame = try await connection.send(Array(whole.dropFirst(4))) else { return nil }
    let (id, response) = try Frame.decode(
      R.Response.self, from: ByteSlice(frame), version: version)
    #expect(id == correlationID)
    return response
  }

  func send<R: RequestMessage>(_ request: R) async throws -> R.Response {
    try #require(try await ask(request))
  }

  // MARK: What most tests do

  @discardableResult
  func createTopic(_ name: String) async throws -> TopicID {
    let response = try await send(
      CreateTopicsRequest.with {
        $0.topics = [
          .with {
            $0.name = name
            $0.numPartitions = 1
            $0.replicationFactor = -1
          }
        ]
      })
    let topic = try #require(response.topics.first)
    #expect(topic.errorCode == .none)
    return topic.topicID
  }

  func topics() async throws -> [String?] {
    try await send(MetadataRequest.with { $0.topics = nil }).topics.map(\.name)
  }

  func produce(_ value: String, to topic: TopicID) async throws -> ProduceResponse.Partition {
    let response = try await send(Self.writing(value, to: topic, acks: -1))
    return try #require(response.responses.first?.partitionResponses.first)
  }

  static func writing(_ value: String, to topic: TopicID, acks: Int16) -> ProduceRequest {
    var builder = BatchBuilder()
    builder.append(timestamp: 1, key: nil, value: Array(value.utf8))
    let batch = builder.finish()
    return .with {
      $0.acks = acks
      $0.topicData = [
        .with {
          $0.topicID = topic
          $0.partitionData = [.with { $0.records = ByteSlice(batch) }]
        }
      ]
    }
  }

  /// The values from `offset` on; an answer without any is waited for as long as it takes.
  func fetch(
    _ topic: TopicID, from offset: Int64 = 0, maxWaitMilliseconds: Int32 = 0
  ) async throws -> [String] {
    let response = try await send(
      FetchRequest.with {
        $0.minBytes = 1
        $0.maxWaitMilliseconds = maxWaitMilliseconds
        $0.topics = [
          .with {
            $0.topicID = topic
            $0.partitions = [
              .with {
                $0.fetchOffset = offset
                $0.partitionMaxBytes = .max
              }
            ]
          }
        ]
      })
    let partition = try #require(response.responses.first?.partitions.first)
    #expect(partition.errorCode == .none)
    let records = partition.records?.chunks.flatMap(\.self) ?? []
    var values: [String] = []
    var rest = records[...]
    while let header = BatchHeader(parsing: Array(rest)) {
      let size = Int(header.batchLength) + BatchHeader.lengthPrefix
      for record in try DecodedRecord.decode(batch: Array(rest.prefix(size))) {
        values.append(String(decoding: record.value ?? [], as: UTF8.self))
      }
      rest = rest.dropFirst(size)
    }
    return values
  }

  /// Makes a group of one, whose member commits a position in partition 0.
  func commit(_ offset: Int64, of topic: TopicID, as group: String) async throws {
    let first = try await send(JoinGroupRequest.alone(in: group, as: ""))
    #expect(first.errorCode == .memberIDRequired)
    let joined = try await send(JoinGroupRequest.alone(in: group, as: first.memberID))
    #expect(joined.errorCode == .none)
    let synced = try await send(
      SyncGroupRequest.with {
        $0.groupID = group
        $0.generationID = joined.generationID
        $0.memberID = joined.memberID
        $0.protocolType = "consumer"
        $0.protocolName = "range"
        $0.assignments = [
          .with {
            $0.memberID = joined.memberID
            $0.assignment = [7]
          }
        ]
      })
    #expect(synced.errorCode == .none)
    #expect(synced.assignment == [7])
    let committed = try await send(
      OffsetCommitRequest.with {
        $0.groupID = group
        $0.memberID = joined.memberID
        $0.generationIDOrMemberEpoch = joined.generationID
        $0.topics = [
          .with {
            $0.topicID = topic
            $0.partitions = [.with { $0.committedOffset = offset }]
          }
        ]
      })
    #expect(committed.topics.flatMap(\.partitions).map(\.errorCode) == [.none])
  }

  /// The group's position in partition 0; -1 for none.
  func committed(of topic: TopicID, by group: String) async throws -> Int64? {
    let response = try await send(
      OffsetFetchRequest.with {
        $0.groups = [
          .with {
            $0.groupID = group
            $0.topics = [
              .with {
                $0.topicID = topic
                $0.partitionIndexes = [0]
              }
            ]
          }
        ]
      })
    return response.groups.first?.topics.first?.partitions.first?.committedOffset
  }
}

extension JoinGroupRequest {
  static func alone(in group: String, as memberID: String) -> Self {
    .with {
      $0.groupID = group
      $0.memberID = memberID
      $0.sessionTimeoutMilliseconds = 60_000
      $0.rebalanceTimeoutMilliseconds = 60_000
      $0.protocolType = "consumer"
      $0.protocols = [.with { $0.name = "range" }]
    }
  }
}

extension WireStruct {
  /// A message or a part of one, made in one expression.
  static func with(_ change: (inout Self) -> Void) -> Self {
    var value = Self()
    change(&value)
    return value
  }
}
