import BatchCodec
import KafkaWire
import Testing

/// Batches as producers send them.
enum Batch {
  static func of(
    _ values: String..., at timestamp: Int64 = ManualWallClock.start, key: String? = nil,
    compression: CompressionCodec = .none
  ) -> [UInt8] {
    of(values.map { (timestamp, $0) }, key: key, compression: compression)
  }

  /// Records with a timestamp each.
  static func of(
    _ records: [(timestamp: Int64, value: String)], key: String? = nil,
    compression: CompressionCodec = .none
  ) -> [UInt8] {
    var builder = BatchBuilder()
    for (timestamp, value) in records {
      builder.append(
        timestamp: timestamp, key: key.map { Array($0.utf8) }, value: Array(value.utf8))
    }
    return builder.finish(compression: compression)
  }

  /// `count` records of an idempotent producer.
  static func from(
    producer id: Int64, epoch: Int16 = 0, sequence: Int32, count: Int = 1
  ) -> [UInt8] {
    var builder = BatchBuilder(producerID: id, producerEpoch: epoch, baseSequence: sequence)
    for index in 0..<count {
      builder.append(
        timestamp: ManualWallClock.start, key: nil, value: Array("\(id)/\(index)".utf8))
    }
    return builder.finish()
  }

  /// A batch whose last byte was changed on the way.
  static func damaged() -> [UInt8] {
    var bytes = of("damaged")
    bytes[bytes.count - 1] ^= 1
    return bytes
  }
}

extension FetchResponse.Partition {
  /// The batches that came, one by one.
  func batches() throws -> [[UInt8]] {
    var rest = try #require(records).chunks.flatMap(\.self)[...]
    var batches: [[UInt8]] = []
    while !rest.isEmpty {
      let header = try #require(BatchHeader(parsing: Array(rest)))
      let size = Int(header.batchLength) + BatchHeader.lengthPrefix
      batches.append(Array(rest.prefix(size)))
      rest = rest.dropFirst(size)
    }
    return batches
  }

  func decodedRecords() throws -> [DecodedRecord] {
    try batches().flatMap { try DecodedRecord.decode(batch: $0) }
  }

  func values() throws -> [String] {
    try decodedRecords().map { String(decoding: $0.value ?? [], as: UTF8.self) }
  }
}
