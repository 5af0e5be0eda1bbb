import ActaModel
import Testing

@testable import BatchCodec

@Suite("Batches made by other implementations") struct BatchVectorTests {
  /// When the vectors' batches were made.
  let now: Int64 = 1_700_000_010_000

  @Test("the header parses, and writes back the same bytes", arguments: BatchVector.all)
  func header(vector: BatchVector) throws {
    let bytes = vector.bytes
    let header = try #require(BatchHeader(parsing: bytes))
    #expect(header.baseOffset == vector.baseOffset)
    #expect(header.crc == vector.crc32c)
    #expect(header.attributes.rawValue == vector.attributes)
    #expect(Int(header.recordCount) == vector.records.count)
    #expect(Int(header.batchLength) + 12 == bytes.count)
    #expect(bytes.withUnsafeBytes { BatchHeader.computeCRC(of: $0) } == vector.crc32c)
    var written = [UInt8](repeating: 0xee, count: bytes.count)
    header.write(into: &written)
    #expect(written[..<61] == bytes[..<61])
  }

  @Test("the records decode, compressed ones too", arguments: BatchVector.all)
  func records(vector: BatchVector) throws {
    #expect(try DecodedRecord.decode(batch: vector.bytes) == vector.decoded)
  }

  @Test("data batches are accepted as they are", arguments: BatchVector.all)
  func accepted(vector: BatchVector) throws {
    let attributes = BatchAttributes(rawValue: vector.attributes)
    guard attributes.isDisjoint(with: [.control, .transactional, .logAppendTime]) else { return }
    let produced = try ProducedBatch.validate(vector.produced, rules: BatchRules(), now: now)
    #expect(produced.bytes == vector.produced)
    #expect(produced.header == BatchHeader(parsing: produced.bytes))
    #expect((produced.uncompressedRecords == nil) == (attributes.codec == CompressionCodec.none))
    let records = produced.withRecords { Array($0) }
    #expect(produced.recordsSize == records.count)
    #expect(produced.recordsCRC == CRC32C.checksum(records))
  }

  @Test("control batches are refused", arguments: ["control_commit", "control_abort"])
  func refused(name: String) {
    let rejection = #expect(throws: BatchRejection.self) {
      try ProducedBatch.validate(BatchVector.named(name).produced, rules: BatchRules(), now: now)
    }
    #expect(rejection?.code == .invalidRecord)
  }

  @Test("a transactional batch is accepted as it is")
  func transactions() throws {
    let batch = BatchVector.named("batch_transactional").produced
    #expect(try ProducedBatch.validate(batch, rules: BatchRules(), now: now).bytes == batch)
  }

  @Test("uncompressed batches come out of their records byte for byte", arguments: BatchVector.all)
  func rebuilt(vector: BatchVector) throws {
    let header = try #require(BatchHeader(parsing: vector.bytes))
    guard header.attributes.codec == CompressionCodec.none else { return }
    var rebuilder = BatchRebuilder(header: header)
    for record in vector.decoded { rebuilder.append(record) }
    let (bytes, crc) = rebuilder.finish()
    if header.attributes.contains(.logAppendTime) {
      #expect(try DecodedRecord.decode(batch: bytes) == vector.decoded)
      var rules = BatchRules()
      rules.usesLogAppendTime = true
      var sent = header
      sent.attributes.remove(.logAppendTime)
      sent.baseOffset = 0
      var asSent = vector.bytes
      sent.seal(&asSent)
      let produced = try ProducedBatch.validate(asSent, rules: rules, now: header.maxTimestamp)
      #expect(produced.recordsCRC == crc)
      #expect(produced.recordsSize == bytes.count - 61)
      #expect(produced.bytes[12...] != bytes[12...])
    } else {
      #expect(bytes == vector.bytes)
      #expect(crc == CRC32C.checksum(Array(vector.bytes[61...])))
    }
  }

  @Test("every truncation of every batch is refused", arguments: BatchVector.all)
  func truncations(vector: BatchVector) {
    for length in 0..<vector.produced.count {
      let rejection = #expect(throws: BatchRejection.self, "\(length) bytes") {
        try ProducedBatch.validate(
          Array(vector.produced[..<length]), rules: BatchRules(), now: now)
      }
      #expect(rejection?.code == .invalidRecord)
    }
  }

  @Test("a truncation with length and CRC made right is refused, too", arguments: BatchVector.all)
  func sealedTruncations(vector: BatchVector) throws {
    let header = try #require(BatchHeader(parsing: vector.produced))
    for length in 61..<vector.produced.count {
      var bytes = Array(vector.produced[..<length])
      header.seal(&bytes)
      let rejection = #expect(throws: BatchRejection.self, "\(length) bytes") {
        try ProducedBatch.validate(bytes, rules: BatchRules(), now: now)
      }
      #expect(rejection?.code == .invalidRecord)
    }
  }
}

extension BatchRebuilder {
  mutating func append(_ record: DecodedRecord) {
    var headers = RecordHeaders()
    for header in record.headers { headers.append(header) }
    record.key.lend { key in
      record.value.lend {
        append(
          offset: record.offset, timestamp: record.timestamp, key: key, value: $0, headers: headers)
      }
    }
  }
}

extension [UInt8]? {
  func lend(_ body: (UnsafeRawBufferPointer?) -> Void) {
    guard let self else { return body(nil) }
    self.withUnsafeBytes { body($0) }
  }
}
