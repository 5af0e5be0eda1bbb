import ActaModel
import Testing

@testable import BatchCodec

@Suite("Validation of produced batches") struct ValidationTests {
  let now = RawBatch.time

  @Test("a batch with a single defect is refused with its code", arguments: Defect.all)
  func defects(defect: Defect) {
    let rejection = #expect(throws: BatchRejection.self) {
      try ProducedBatch.validate(defect.bytes, rules: defect.rules, now: now)
    }
    #expect(rejection?.code == defect.code)
    #expect(rejection?.message.isEmpty == false)
  }

  @Test("the batch that the defects are made from is accepted, and just within its limits")
  func control() throws {
    var rules = BatchRules()
    rules.maxMessageBytes = RawBatch().sealed().count
    rules.requiresKeys = true
    rules.timestampBeforeMaxMilliseconds = 0
    rules.timestampAfterMaxMilliseconds = 0
    let batch = RawBatch().sealed()
    #expect(try ProducedBatch.validate(batch, rules: rules, now: now).bytes == batch)
    #expect(Defect.all.count >= 60)
  }

  @Test("timestamps at the edges are accepted, and -1 is no timestamp")
  func timestampEdges() throws {
    var rules = BatchRules()
    rules.timestampBeforeMaxMilliseconds = 1000
    for timestamp in [now - 1000, now + 3_600_000, -1] {
      let batch = RawBatch().sealed {
        ($0.baseTimestamp, $0.maxTimestamp) = (timestamp, timestamp)
      }
      #expect(try ProducedBatch.validate(batch, rules: rules, now: now).bytes == batch)
    }
  }

  @Test("without limits any timestamp is accepted")
  func timestampsUnlimited() throws {
    var rules = BatchRules()
    rules.timestampAfterMaxMilliseconds = .max
    for timestamp in [Int64.min, -2, 0, .max] {
      let batch = RawBatch().sealed { $0.baseTimestamp = timestamp }
      let produced = try ProducedBatch.validate(batch, rules: rules, now: now)
      #expect(produced.header.maxTimestamp == max(timestamp, -1))
    }
  }

  @Test("each record with a bad timestamp is named, and outweighs a missing key")
  func faultyRecords() {
    let records = (0..<5).map { index in
      RawRecord(offsetDelta: Int64(index)).with {
        if index == 1 { ($0.keyLength, $0.key) = (-1, []) }
        if index >= 3 { $0.timestampDelta = 4_000_000 }
      }
    }
    var rules = BatchRules()
    rules.requiresKeys = true
    let rejection = #expect(throws: BatchRejection.self) {
      try ProducedBatch.validate(RawBatch(records).sealed(), rules: rules, now: now)
    }
    #expect(rejection?.code == .invalidTimestamp)
    #expect(rejection?.records.map(\.index) == [1, 3, 4])
  }

  @Test("records without a key are refused on a compacted topic, in Kafka's words")
  func keyless() {
    var rules = BatchRules()
    rules.requiresKeys = true
    rules.subject = "words-0"
    let records = (0..<5).map {
      RawRecord(offsetDelta: $0).with { ($0.keyLength, $0.key) = (-1, []) }
    }
    let rejection = #expect(throws: BatchRejection.self) {
      try ProducedBatch.validate(RawBatch(records).sealed(), rules: rules, now: now)
    }
    let words = "Compacted topic cannot accept message without key in topic partition words-0"
    let first = (0..<3).map { "RecordError(batchIndex=\($0), message='\(words)')" }
    #expect(rejection?.code == .invalidRecord)
    #expect(rejection?.records.map(\.message) == Array(repeating: words, count: 5))
    #expect(
      rejection?.message
        == "One or more records have been rejected due to 5 record errors in total, and only showing"
        + " the first three errors at most: [\(first.joined(separator: ", "))]")
  }

  @Test("three thousand faults are reported as one thousand")
  func manyFaults() {
    let records = (0..<3000).map { RawRecord(offsetDelta: $0).with { $0.timestampDelta = 1 << 40 } }
    let rejection = #expect(throws: BatchRejection.self) {
      try ProducedBatch.validate(RawBatch(records).sealed(), rules: BatchRules(), now: now)
    }
    #expect(rejection?.records.count == RecordAudit.maxFaults)
  }

  @Test("on a CreateTime topic bit 3 is cleared and a wrong max timestamp mended")
  func createTime() throws {
    let batch = RawBatch().sealed {
      $0.attributes.insert(.logAppendTime)
      $0.maxTimestamp = 5
    }
    let produced = try ProducedBatch.validate(batch, rules: BatchRules(), now: now)
    #expect(produced.bytes == RawBatch().sealed())
    #expect(produced.header == BatchHeader(parsing: produced.bytes))
  }

  @Test("on a LogAppendTime topic bit 3 and max timestamp are set, deltas stay as they came")
  func logAppendTime() throws {
    let records = (0..<3).map { index in
      RawRecord(offsetDelta: index).with { $0.timestampDelta = 100 * index }
    }
    let batch = RawBatch(records).sealed()
    var rules = BatchRules()
    rules.usesLogAppendTime = true
    let produced = try ProducedBatch.validate(batch, rules: rules, now: 77)
    let expected = RawBatch(records).sealed {
      $0.attributes = .logAppendTime
      $0.maxTimestamp = 77
    }
    #expect(produced.bytes == expected)
    let rebuilt = RawBatch((0..<3).map { RawRecord(offsetDelta: $0) }).records
    #expect(produced.recordsCRC == CRC32C.checksum(rebuilt))
    #expect(produced.recordsSize == rebuilt.count)
    #expect(try DecodedRecord.decode(batch: produced.bytes).map(\.timestamp) == [77, 77, 77])
  }

  @Test("record attributes are kept in the batch, but are not part of what is rebuilt")
  func recordAttributes() throws {
    let batch = RawBatch([RawRecord().with { $0.attributes = 0x81 }]).sealed()
    let produced = try ProducedBatch.validate(batch, rules: BatchRules(), now: now)
    #expect(produced.bytes == batch)
    #expect(produced.recordsCRC == CRC32C.checksum(RawRecord().bytes))
    #expect(produced.recordsSize == RawRecord().bytes.count)
  }

  @Test(
    "a topic's codec replaces the batch's", arguments: CompressionCodec.allCases,
    CompressionCodec.allCases)
  func recompression(from: CompressionCodec, to: CompressionCodec) throws {
    let plain = RawBatch()
    let records = Compression.compress(plain.records, codec: from)
    let batch = RawBatch(count: 2, records: records, codec: from).sealed()
    var rules = BatchRules()
    rules.compression = to
    let produced = try ProducedBatch.validate(batch, rules: rules, now: now)
    #expect(produced.header.attributes.codec == to)
    #expect(produced.header == BatchHeader(parsing: produced.bytes))
    #expect(produced.withRecords { Array($0) } == plain.records)
    #expect((produced.uncompressedRecords == nil) == (to == .none))
    #expect(produced.recordsCRC == CRC32C.checksum(plain.records))
    let expected = try DecodedRecord.decode(batch: batch)
    #expect(try DecodedRecord.decode(batch: produced.bytes) == expected)
    if from == to { #expect(produced.bytes == batch) }
  }

  @Test("a batch that is too large once it is decompressed is refused")
  func tooLargeAfterDecompression() {
    let record = RawRecord().with {
      $0.value = [UInt8](repeating: 0x20, count: 10_000)
      $0.valueLength = 10_000
    }
    let records = Compression.compress(record.bytes, codec: .gzip)
    var rules = BatchRules()
    rules.compression = CompressionCodec.none
    rules.maxMessageBytes = 5000
    let rejection = #expect(throws: BatchRejection.self) {
      try ProducedBatch.validate(
        RawBatch(count: 1, records: records, codec: .gzip).sealed(), rules: rules, now: now)
    }
    #expect(rejection?.code == .messageTooLarge)
  }
}
