import BatchCodec
package import SQLiteStore

// What works on a log's file, with or without a broker: dumping it, checking it, copying it, asking it. No
// client and no socket; whoever prints gives a closure to print with.

/// Prints batches and records as Kafka's `kafka-dump-log` prints those of a segment.
///
/// A batch is made from its rows as a cold read makes it, in slices, each a snapshot of its own. Rows are not
/// compressed: `compresscodec` is the one that the producer used, while `size`, `position` and `crc` are of
/// the batch as it is kept and sent to consumers.
package struct LogDump {
  package struct Options: Sendable {
    /// Records, not only batches.
    package var isDeep = false
    package var printsData = false
    package var skipsMetadata = false
    package var keys = PayloadDecoder.string
    package var values = PayloadDecoder.string
    /// Batches after so many bytes of them are left out.
    package var maxBytes = Int64(Int32.max)

    package init() {}
  }

  private static let bufferBytes = 64 << 10

  private let log: StoredLog
  private let options: Options
  private let print: ([UInt8]) throws -> Void
  private var text: [UInt8] = []
  private var position: Int64 = 0
  private var lastOffset: Int64?
  /// Offsets of records that do not follow each other.
  private(set) package var gaps: [(before: Int64, after: Int64)] = []
  private static let maxGaps = 1_000

  package init(
    _ log: StoredLog, options: Options, print: @escaping ([UInt8]) throws -> Void
  ) {
    self.log = log
    self.options = options
    self.print = print
  }

  /// - Throws: What reading throws, `PayloadError`, what `print` throws.
  package mutating func dump(_ partition: StoredPartition) throws {
    text.append(line: "Log starting offset: \(partition.logStartOffset)")
    var next = partition.logStartOffset
    while position < options.maxBytes {
      let batches = try log.batches(of: partition, from: next)
      guard let last = batches.last else { break }
      for batch in batches {
        guard position < options.maxBytes else { break }
        try dump(batch)
      }
      next = last.lastOffset &+ 1
      if next <= last.baseOffset { break }
    }
    try flush()
  }

  private mutating func dump(_ batch: InspectedBatch) throws {
    guard let rebuilt = batch.rebuilt, let header = batch.header else {
      throw DumpError(sentence: batch.problem ?? "A batch has no header.")
    }
    appendBatch(batch, header, size: rebuilt.bytes.count)
    position += Int64(rebuilt.bytes.count)
    if options.isDeep {
      try rebuilt.bytes.withUnsafeBytes { bytes in
        var records = RecordCursor(UnsafeRawBufferPointer(rebasing: bytes[BatchHeader.size...]))
        while let record = try records.next() { try append(record, header) }
      }
    }
    if text.count >= Self.bufferBytes { try flush() }
  }

  private mutating func appendBatch(_ batch: InspectedBatch, _ header: BatchHeader, size: Int) {
    let codec = batch.codecAsSent.map { "\($0)" } ?? "unknown"
    text.append(
      line: "baseOffset: \(header.baseOffset) lastOffset: \(header.lastOffset)"
        + " count: \(header.recordCount) baseSequence: \(header.baseSequence)"
        + " lastSequence: \(header.lastSequence) producerId: \(header.producerID)"
        + " producerEpoch: \(header.producerEpoch) partitionLeaderEpoch: \(header.leaderEpoch)"
        + " isTransactional: \(header.attributes.contains(.transactional))"
        + " isControl: \(header.attributes.contains(.control))"
        + " deleteHorizonMs: OptionalLong.empty position: \(position)"
        + " \(header.timeLabel): \(header.maxTimestamp) size: \(size) magic: \(header.magic)"
        + " compresscodec: \(codec) crc: \(header.crc) isvalid: \(batch.isValid)")
  }

  private mutating func append(_ record: RecordView, _ header: BatchHeader) throws {
    let offset = header.baseOffset &+ Int64(record.offsetDelta)
    noteGap(before: offset)
    let isControl = header.attributes.contains(.control)
    if isControl, options.skipsMetadata { return }
    text.append(UInt8(ascii: "|"))
    if !options.skipsMetadata { appendMetadata(of: record, header, offset: offset) }
    if isControl {
      appendMarker(record)
    } else if options.printsData {
      try append(" key: ", record.key, options.keys)
      try append(" payload: ", record.value, options.values)
    }
    text.append(UInt8(ascii: "\n"))
  }

  private mutating func noteGap(before offset: Int64) {
    if let last = lastOffset, offset != last &+ 1, gaps.count < Self.maxGaps {
      gaps.append((last, offset))
    }
    lastOffset = offset
  }

  private mutating func appendMetadata(
    of record: RecordView, _ header: BatchHeader, offset: Int64
  ) {
    let sequence =
      header.baseSequence < 0
      ? -1 : (Int64(header.baseSequence) + Int64(record.offsetDelta)) & 0x7fff_ffff
    text += " offset: \(offset) \(header.timeLabel): ".utf8
    text += "\(header.baseTimestamp &+ record.timestampDelta)".utf8
    text += " keySize: \(record.key?.count ?? -1) valueSize: \(record.value?.count ?? -1)".utf8
    text += " sequence: \(sequence) headerKeys: [".utf8
    var headers = HeaderCursor(record)
    var isFirst = true
    while let header = headers.next() {
      if !isFirst { text.append(UInt8(ascii: ",")) }
      isFirst = false
      text += header.name
    }
    text.append(UInt8(ascii: "]"))
  }

  private mutating func appendMarker(_ record: RecordView) {
    guard let marker = TransactionMarker.outcome(of: record) else {
      text += " controlType: UNKNOWN".utf8
      return
    }
    let outcome = marker.isCommit ? "COMMIT" : "ABORT"
    text += " endTxnMarker: \(outcome) coordinatorEpoch: \(marker.coordinatorEpoch)".utf8
  }

  /// Bytes pass through as they are, whether they are UTF-8 or not.
  private mutating func append(
    _ label: String, _ bytes: UnsafeRawBufferPointer?, _ decoder: PayloadDecoder
  ) throws {
    guard let bytes else { return }
    text += label.utf8
    try decoder.append(bytes, to: &text)
  }

  private mutating func flush() throws {
    try print(text)
    text.removeAll(keepingCapacity: true)
  }
}

/// A row that holds what no log has written.
package struct DumpError: Error, CustomStringConvertible {
  let sentence: String
  package var description: String { sentence }
}

extension BatchHeader {
  fileprivate var timeLabel: String {
    attributes.contains(.logAppendTime) ? "LogAppendTime" : "CreateTime"
  }
}

extension [UInt8] {
  mutating func append(line: String) {
    self += line.utf8
    append(UInt8(ascii: "\n"))
  }
}
