import ActaModel
import BatchCodec
import KafkaWire

// What a broker answers that has records in partition 0 of `t`.
extension ScriptedRequest {
  /// What a Fetch asks for.
  var fetchedPart: FetchRequest.Partition? {
    let asked = try? FetchRequest.decode(from: body, version: version)
    return asked?.topics.first?.partitions.first
  }

  /// The log begins at offset 0, under leader epoch 0.
  static func beginning() -> ListOffsetsResponse {
    var partition = ListOffsetsResponse.Partition()
    partition.offset = 0
    partition.leaderEpoch = 0
    var topic = ListOffsetsResponse.Topic()
    topic.name = "t"
    topic.partitions = [partition]
    var response = ListOffsetsResponse()
    response.topics = [topic]
    return response
  }

  static func fetched(_ records: [UInt8], _ code: ErrorCode = .none) -> FetchResponse {
    var partition = FetchResponse.Partition()
    partition.errorCode = code
    if code == .none { partition.records = RecordChunks([records]) }
    var topic = FetchResponse.Topic()
    topic.topicID = TopicID(high: 0, low: 1)
    topic.topic = "t"
    topic.partitions = [partition]
    var response = FetchResponse()
    response.responses = [topic]
    return response
  }

  static func batch(of values: [String], from first: Int64, epoch: Int32 = 0) -> [UInt8] {
    var builder = BatchRebuilder(
      header: BatchHeader(
        baseOffset: first, leaderEpoch: epoch, attributes: [],
        lastOffsetDelta: Int32(values.count) - 1, baseTimestamp: 1, maxTimestamp: 1,
        producerID: -1, producerEpoch: -1, recordCount: 0))
    for (place, value) in values.enumerated() {
      Array(value.utf8).withUnsafeBytes { bytes in
        builder.append(offset: first + Int64(place), timestamp: 1, key: nil, value: bytes)
      }
    }
    return builder.finish(compression: CompressionCodec.none).bytes
  }
}
