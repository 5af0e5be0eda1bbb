import BatchCodec
import SQLiteStore

/// What can be told of one batch from itself and the one before it.
struct BatchFacts {
  /// What the next one is held against.
  struct Last {
    let offset: Int64
    let maxTimestampSoFar: Int64
    let leaderEpoch: Int64
  }

  struct Complaint: Equatable {
    let check: String
    let sentence: String
  }

  private(set) var complaints: [Complaint] = []
  /// Offsets between the two.
  private(set) var gap: ClosedRange<Int64>?
  let last: Last

  /// - Parameter mayHaveGaps: Compaction may have taken records and batches.
  init(_ batch: InspectedBatch, after before: Last?, mayHaveGaps: Bool) {
    let maximum = batch.header?.maxTimestamp ?? before?.maxTimestampSoFar ?? -1
    last = Last(
      offset: max(batch.lastOffset, before?.offset ?? batch.lastOffset),
      maxTimestampSoFar: batch.maxTimestampSoFar,
      leaderEpoch: batch.header.map { Int64($0.leaderEpoch) } ?? before?.leaderEpoch ?? -1)
    if let problem = batch.problem {
      complaints.append(Complaint(check: "batches", sentence: problem))
      return
    }
    compareRecords(batch)
    if let before { follow(before, batch) }
    let expected = max(before?.maxTimestampSoFar ?? maximum, maximum)
    let isRunningMaximum =
      before == nil ? batch.maxTimestampSoFar >= maximum : batch.maxTimestampSoFar == expected
    if !isRunningMaximum {
      complain(
        "timestamps", batch,
        "its max_timestamp_so_far is \(batch.maxTimestampSoFar), not \(expected)")
    }
    if let header = batch.header {
      compareTimes(batch, header, isWhole: before != nil && !mayHaveGaps)
    }
  }

  private mutating func complain(_ check: String, _ batch: InspectedBatch, _ sentence: String) {
    complaints.append(
      Complaint(check: check, sentence: "the batch at offset \(batch.baseOffset): \(sentence)"))
  }

  private mutating func follow(_ before: Last, _ batch: InspectedBatch) {
    if batch.baseOffset <= before.offset {
      complain("offsets", batch, "the one before it ends at \(before.offset)")
    } else if batch.baseOffset > before.offset &+ 1 {
      gap = before.offset &+ 1...batch.baseOffset - 1
    }
    if let header = batch.header, Int64(header.leaderEpoch) < before.leaderEpoch {
      complain(
        "leader epochs", batch,
        "it is of epoch \(header.leaderEpoch), the one before it of \(before.leaderEpoch)")
    }
  }

  private mutating func compareRecords(_ batch: InspectedBatch) {
    guard let rebuilt = batch.rebuilt else { return }
    if Int64(rebuilt.recordCount) != batch.recordCount {
      complain(
        "records", batch,
        "\(rebuilt.recordCount) records are there, and \(batch.recordCount) were stored")
    } else if Int64(rebuilt.recordsCRC) != batch.recordsCRC {
      complain("checksum", batch, "its records do not match their checksum")
    } else if Int64(rebuilt.bytes.count) != batch.sizeBytes {
      complain(
        "sizes", batch,
        "it is \(rebuilt.bytes.count) bytes long, and size_bytes is \(batch.sizeBytes)")
    }
  }

  /// - Parameter isWhole: Nothing can have been taken from it.
  private mutating func compareTimes(
    _ batch: InspectedBatch, _ header: BatchHeader, isWhole: Bool
  ) {
    guard batch.isValid, header.recordCount > 0, let bytes = batch.rebuilt?.bytes,
      let maximum = Self.maximumTimestamp(bytes, header)
    else { return }
    if maximum > header.maxTimestamp || isWhole && maximum != header.maxTimestamp {
      complain(
        "timestamps", batch,
        "its max_timestamp is \(header.maxTimestamp), and its records' is \(maximum)")
    }
    if isWhole, Int64(header.recordCount) != batch.lastOffset - batch.baseOffset + 1 {
      complain(
        "offsets", batch,
        "it ends at \(batch.lastOffset) and has \(header.recordCount) records, and the"
          + " topic was never compacted")
    }
  }

  private static func maximumTimestamp(_ bytes: [UInt8], _ header: BatchHeader) -> Int64? {
    bytes.withUnsafeBytes { bytes in
      var records = RecordCursor(UnsafeRawBufferPointer(rebasing: bytes[BatchHeader.size...]))
      var maximum: Int64?
      while let record = try? records.next() {
        let timestamp = header.baseTimestamp &+ record.timestampDelta
        maximum = max(maximum ?? timestamp, timestamp)
      }
      return maximum
    }
  }
}
