import ActaModel

/// A record with bytes of its own, for clients, tools and tests. The hot paths use the cursors.
package struct DecodedRecord: Equatable, Sendable {
  package var offset: Int64
  /// Epoch milliseconds; -1 is none. Under LogAppendTime the batch's max timestamp.
  package var timestamp: Int64
  package var key: [UInt8]?
  package var value: [UInt8]?
  package var headers: [RecordHeader]

  package init(
    offset: Int64, timestamp: Int64, key: [UInt8]?, value: [UInt8]?, headers: [RecordHeader] = []
  ) {
    self.offset = offset
    self.timestamp = timestamp
    self.key = key
    self.value = value
    self.headers = headers
  }

  /// The records of the batch that fills `batch`, whatever wrote it: gaps in offsets and control
  /// batches are fine. Length and CRC are checked, and the records' form.
  package static func decode(
    batch: [UInt8], limit: Int = 64 << 20
  ) throws(BatchRejection) -> [DecodedRecord] {
    guard let header = BatchHeader(parsing: batch), header.magic == 2,
      Int(header.batchLength) + BatchHeader.lengthPrefix == batch.count,
      batch.withUnsafeBytes({ BatchHeader.computeCRC(of: $0) }) == header.crc
    else { throw BatchRejection(code: .corruptMessage, message: "Not one whole batch.") }
    let codec = try header.checkedCodec()
    return try batch.withLentBytes(from: BatchHeader.size) { lent throws(BatchRejection) in
      if codec == .none { return try decode(lent, header: header) }
      let records = try Compression.decompress(lent, codec: codec, limit: limit)
      return try records.withLentBytes(from: 0) { lent throws(BatchRejection) in
        try decode(lent, header: header)
      }
    }
  }

  private static func decode(
    _ records: UnsafeRawBufferPointer, header: BatchHeader
  ) throws(BatchRejection) -> [DecodedRecord] {
    var decoded: [DecodedRecord] = []
    var cursor = RecordCursor(records)
    do throws(RecordFormatError) {
      while let record = try cursor.next() {
        decoded.append(DecodedRecord(record, header: header))
      }
    } catch {
      throw .invalidRecord("Record \(decoded.count) is malformed: \(error).")
    }
    guard decoded.count == Int(header.recordCount) else {
      throw .invalidRecord(
        "\(decoded.count) records, but the header's count is \(header.recordCount).")
    }
    return decoded
  }

  private init(_ record: RecordView, header: BatchHeader) {
    let usesLogAppendTime = header.attributes.contains(.logAppendTime)
    offset = header.baseOffset &+ Int64(record.offsetDelta)
    timestamp =
      usesLogAppendTime ? header.maxTimestamp : header.baseTimestamp &+ record.timestampDelta
    key = record.key.map { Array($0) }
    value = record.value.map { Array($0) }
    headers = []
    var cursor = HeaderCursor(record)
    while let header = cursor.next() {
      headers.append(
        RecordHeader(nameBytes: Array(header.name), value: header.value.map { Array($0) }))
    }
  }
}
