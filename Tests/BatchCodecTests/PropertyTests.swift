import ActaModel
import Testing

@testable import BatchCodec

@Suite("Random batches") struct PropertyTests {
  /// Whatever the records' times.
  private var anyTime: BatchRules {
    var rules = BatchRules()
    rules.timestampAfterMaxMilliseconds = .max
    rules.maxMessageBytes = 64 << 20
    return rules
  }

  @Test(
    "are accepted as they are and decode to what was put in", arguments: CompressionCodec.allCases)
  func roundTrip(codec: CompressionCodec) throws {
    var random = SeededGenerator.forTest()
    for _ in 0..<100 {
      let records = random.records()
      let batch = random.batch(of: records, codec: codec)
      let produced = try ProducedBatch.validate(batch, rules: anyTime, now: 0)
      #expect(produced.bytes == batch)
      #expect(try DecodedRecord.decode(batch: batch) == records)
    }
  }

  @Test("come out of their rows byte for byte, or uncompressed if they were compressed")
  func rebuilt() throws {
    var random = SeededGenerator.forTest()
    for round in 0..<300 {
      let records = random.records()
      let batch = random.batch(of: records, codec: CompressionCodec.allCases[round % 5])
      var rules = anyTime
      rules.usesLogAppendTime = round % 3 == 0
      var produced = try ProducedBatch.validate(batch, rules: rules, now: 1234)
      BatchHeader.stamp(baseOffset: 1_000_000, leaderEpoch: 7, into: &produced.bytes)
      let header = try #require(BatchHeader(parsing: produced.bytes))
      var rebuilder = BatchRebuilder(header: header, recordsSize: produced.recordsSize)
      for record in try DecodedRecord.decode(batch: produced.bytes) { rebuilder.append(record) }
      #expect(rebuilder.recordsSize == produced.recordsSize)
      let (bytes, crc) = rebuilder.finish()
      #expect(crc == produced.recordsCRC)
      #expect(bytes.count == 61 + produced.recordsSize)
      if !rules.usesLogAppendTime {
        #expect(Array(bytes[61...]) == produced.withRecords { Array($0) })
        if header.attributes.codec == CompressionCodec.none { #expect(bytes == produced.bytes) }
      }
      #expect(
        try DecodedRecord.decode(batch: bytes) == DecodedRecord.decode(batch: produced.bytes))
    }
  }

  @Test("appended at another time have that in their header, and its CRC, whatever their size")
  func appendedAt() throws {
    var random = SeededGenerator.forTest()
    for round in 0..<300 {
      let batch = random.batch(
        of: random.records(), codec: CompressionCodec.allCases[round % 5])
      var rules = anyTime
      rules.usesLogAppendTime = true
      let accepted = try ProducedBatch.validate(batch, rules: rules, now: 1234)
      let time = Int64.random(in: 0...Int64.max, using: &random)
      let appended = accepted.appended(at: time)
      var bytes = appended.bytes
      appended.header.write(into: &bytes)
      #expect(
        try DecodedRecord.decode(batch: bytes).allSatisfy { $0.timestamp == time }, "\(random)")
      #expect(appended.header.crc == bytes.withUnsafeBytes { BatchHeader.computeCRC(of: $0) })
    }
  }

  @Test("of producers' times have no other, whenever they are appended")
  func appendedWithTheirOwn() throws {
    var random = SeededGenerator.forTest()
    let batch = random.batch(of: random.records(), codec: .none)
    let accepted = try ProducedBatch.validate(batch, rules: anyTime, now: 0)
    #expect(accepted.appended(at: 77).header == accepted.header)
  }

  @Test("with rows missing keep their offsets, and their last offset delta")
  func gaps() throws {
    var random = SeededGenerator.forTest()
    for codec in CompressionCodec.allCases {
      let records = (0..<50).map {
        DecodedRecord(offset: 900 + $0, timestamp: 5 * $0, key: nil, value: random.bytes(10))
      }
      let kept = records.filter { $0.offset % 3 == 0 }
      let header = BatchHeader(
        baseOffset: 900, leaderEpoch: 3, lastOffsetDelta: 49, baseTimestamp: 0, maxTimestamp: 245,
        recordCount: 50)
      var rebuilder = BatchRebuilder(header: header)
      for record in kept { rebuilder.append(record) }
      let (bytes, _) = rebuilder.finish(compression: codec)
      let rebuilt = try #require(BatchHeader(parsing: bytes))
      #expect(rebuilt.lastOffset == 949)
      #expect(rebuilt.leaderEpoch == 3)
      #expect(Int(rebuilt.recordCount) == kept.count)
      #expect(try DecodedRecord.decode(batch: bytes) == kept)
    }
  }

  @Test("varints of every size are written in as many bytes as are counted")
  func varints() throws {
    var random = SeededGenerator.forTest()
    let edges = (0..<64).flatMap { shift -> [Int64] in
      let power = Int64(bitPattern: 1 << UInt64(shift))
      return [power, power &- 1, 0 &- power, ~power]
    }
    for value in edges + (0..<1000).map({ Int64(bitPattern: random.next()) >> ($0 % 64) }) {
      var record = RawRecord()
      record.timestampDelta = value
      #expect(Varint.size(value) == varint(value).count)
      let read = try record.bytes.withUnsafeBytes { bytes in
        var cursor = RecordCursor(bytes)
        return try cursor.next()?.timestampDelta
      }
      #expect(read == value)
      var rebuilder = BatchRebuilder(
        header: BatchHeader(
          baseOffset: 0, lastOffsetDelta: 0, baseTimestamp: 0, maxTimestamp: 0, recordCount: 1))
      rebuilder.append(
        DecodedRecord(offset: 0, timestamp: value, key: record.key, value: record.value))
      #expect(Array(rebuilder.finish().bytes[61...]) == record.bytes)
    }
  }
}
