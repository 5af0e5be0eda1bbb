import ActaModel

/// The one pass over the records of a produced batch: steps 6 and 7 of KafkaWire/PROTOCOL.md §5,
/// and what must be known of them to keep the batch.
struct RecordAudit {
  /// Faults reported of one batch, at most. A batch may have millions.
  static let maxFaults = 1000

  private let header: BatchHeader
  private let rules: BatchRules
  private let now: Int64
  /// Timestamps in here are within their rules, whatever the arithmetic: no overflow.
  private let accepted: ClosedRange<Int64>

  private var maxTimestamp: Int64 = -1
  private var faults: [BatchRejection.RecordFault] = []
  private var hasTimestampFault = false
  private var isRebuiltAsSent = true

  private(set) var recordsCRC: UInt32 = 0
  private(set) var recordsSize = 0

  init(header: BatchHeader, rules: BatchRules, now: Int64) {
    self.header = header
    self.rules = rules
    self.now = now
    accepted = Self.acceptedTimestamps(rules: rules, now: now)
  }

  mutating func run(over records: UnsafeRawBufferPointer) throws(BatchRejection) {
    try checkTimestampType()
    try checkRecords(records)
    if !faults.isEmpty { throw rejection }
    if isRebuiltAsSent {
      recordsCRC = CRC32C.checksum(records)
      recordsSize = records.count
    } else {
      (recordsCRC, recordsSize) = Self.rebuiltChecksum(of: records, header: storedHeader)
    }
  }

  /// The header as it is to be kept; its CRC is still the one that was sent.
  var storedHeader: BatchHeader {
    var header = header
    if rules.usesLogAppendTime {
      header.attributes.insert(.logAppendTime)
      header.maxTimestamp = now
    } else {
      header.attributes.remove(.logAppendTime)
      header.maxTimestamp = maxTimestamp
    }
    return header
  }

  private func checkTimestampType() throws(BatchRejection) {
    guard rules.usesLogAppendTime, header.attributes.contains(.logAppendTime) else { return }
    throw BatchRejection(
      code: .invalidTimestamp,
      message: "The producer must not set the timestamp type to LogAppendTime.")
  }

  private mutating func checkRecords(
    _ records: UnsafeRawBufferPointer
  ) throws(BatchRejection) {
    var cursor = RecordCursor(records)
    var index: Int32 = 0
    while let record = try next(&cursor, index: index) {
      guard index < header.recordCount else {
        throw .invalidRecord("More records than the header's count of \(header.recordCount).")
      }
      guard record.offsetDelta == index else {
        throw Self.malformed(index, "its offset delta is \(record.offsetDelta)")
      }
      if rules.requiresKeys, record.key == nil {
        add(
          index,
          "Compacted topic cannot accept message without key in topic partition \(rules.subject)")
      }
      checkTimestamp(of: record, index: index)
      if record.attributes != 0 || (rules.usesLogAppendTime && record.timestampDelta != 0) {
        isRebuiltAsSent = false
      }
      index += 1
    }
    guard index == header.recordCount else {
      throw .invalidRecord("\(index) records, but the header's count is \(header.recordCount).")
    }
  }

  private func next(
    _ cursor: inout RecordCursor, index: Int32
  ) throws(BatchRejection) -> RecordView? {
    do throws(RecordFormatError) {
      return try cursor.next()
    } catch {
      throw Self.malformed(index, error.description)
    }
  }

  private mutating func checkTimestamp(of record: RecordView, index: Int32) {
    let (timestamp, overflow) = header.baseTimestamp.addingReportingOverflow(record.timestampDelta)
    if overflow {
      hasTimestampFault = true
      add(index, "The timestamp is out of range.")
    } else if timestamp == -1 || rules.usesLogAppendTime || accepted.contains(timestamp) {
      if timestamp > maxTimestamp { maxTimestamp = timestamp }
    } else {
      hasTimestampFault = true
      add(
        index,
        "Timestamp \(timestamp) of message with offset \(index) is out of range. The timestamp should"
          + " be within [\(accepted.lowerBound), \(accepted.upperBound)]")
    }
  }

  private mutating func add(_ index: Int32, _ message: String) {
    guard faults.count < Self.maxFaults else { return }
    faults.append(.init(index: index, message: message))
  }

  private var rejection: BatchRejection {
    BatchRejection(
      code: hasTimestampFault ? .invalidTimestamp : .invalidRecord,
      message: hasTimestampFault
        ? "One or more records have been rejected due to invalid timestamp"
        : "One or more records have been rejected due to \(faults.count) record errors in total, and"
          + " only showing the first three errors at most: [\(firstFaults)]",
      records: faults)
  }

  /// As Java writes them.
  private var firstFaults: String {
    faults.prefix(3).map { "RecordError(batchIndex=\($0.index), message='\($0.message)')" }
      .joined(separator: ", ")
  }

  private static func malformed(_ index: Int32, _ problem: String) -> BatchRejection {
    let message = "Record \(index) is malformed: \(problem)."
    return BatchRejection(
      code: .invalidRecord, message: message, records: [.init(index: index, message: message)])
  }

  /// Timestamps t with now - t <= before and t - now <= after.
  private static func acceptedTimestamps(rules: BatchRules, now: Int64) -> ClosedRange<Int64> {
    let before = max(0, rules.timestampBeforeMaxMilliseconds)
    let after = max(0, rules.timestampAfterMaxMilliseconds)
    let (low, lowOverflow) = now.subtractingReportingOverflow(before)
    let (high, highOverflow) = now.addingReportingOverflow(after)
    // .max means no limit, and now - .max is above some negative timestamps.
    return (lowOverflow || before == .max ? .min : low)...(highOverflow ? .max : high)
  }

  /// CRC and size of the section as `BatchRebuilder` makes it from rows, without making it: only
  /// what comes before a record's offset delta can differ.
  private static func rebuiltChecksum(
    of records: UnsafeRawBufferPointer, header: BatchHeader
  ) -> (crc: UInt32, size: Int) {
    let keepsDeltas = !header.attributes.contains(.logAppendTime)
    var cursor = ValidatedRecordCursor(records)
    var crc: UInt32 = 0
    var size = 0
    withUnsafeTemporaryAllocation(byteCount: 2 * Varint.maxSize + 1, alignment: 1) { scratch in
      guard let start = scratch.baseAddress else { return }
      while let record = cursor.next() {
        let delta = keepsDeltas ? record.timestampDelta : 0
        var position = start
        Varint.write(Int64(1 + Varint.size(delta) + record.tail.count), to: &position)
        position.storeBytes(of: 0, as: UInt8.self)
        position += 1
        Varint.write(delta, to: &position)
        let head = UnsafeRawBufferPointer(start: start, count: position - start)
        crc = CRC32C.checksum(record.tail, after: CRC32C.checksum(head, after: crc))
        size += head.count + record.tail.count
      }
    }
    return (crc, size)
  }
}
