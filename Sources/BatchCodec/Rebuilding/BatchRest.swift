/// What is left of a batch when some of its records go: the others stay as they are, byte for byte, since a
/// record says where it stands in the batch and not behind which other.
package struct BatchRest: Equatable, Sendable {
  package let header: BatchHeader
  /// The checksum of the records section, uncompressed, before.
  package let recordsCRC: UInt32
  /// Offsets from the first to the last of every run of records that go, in order. No record that stays
  /// lies in them.
  package let removed: [ClosedRange<Int64>]
  package let removedCount: Int32
  package let restSize: Int
  package let restCRC: UInt32

  /// One record, lent for a question about it.
  package struct Record {
    package let offset: Int64
    package let key: UnsafeRawBufferPointer?
    package let isTombstone: Bool
  }

  /// `nil` for what is no batch; `batch` is one that was stored.
  package init?(of batch: [UInt8], without isRemoved: (Record) -> Bool) {
    guard let header = BatchHeader(parsing: batch) else { return nil }
    self.header = header
    var removed: [ClosedRange<Int64>] = []
    var removedCount: Int32 = 0
    var restSize = 0
    var restCRC: UInt32 = 0
    var wholeCRC: UInt32 = 0
    let isRead = Self.withRecords(of: batch, header) { records in
      wholeCRC = CRC32C.checksum(records)
      guard let start = records.baseAddress else { return }
      var cursor = ValidatedRecordCursor(records)
      // The run of records that stay, and whether the last one seen went.
      var (runStart, end) = (start, start)
      var continues = false
      func flush() {
        let run = UnsafeRawBufferPointer(start: runStart, count: end - runStart)
        restCRC = CRC32C.checksum(run, after: restCRC)
        restSize += run.count
      }
      while let record = cursor.next() {
        let next = UnsafeRawPointer(record.tail.baseAddress.unsafelyUnwrapped) + record.tail.count
        let offset = header.baseOffset &+ Int64(record.offsetDelta)
        let goes = isRemoved(
          Record(offset: offset, key: record.key, isTombstone: record.value == nil))
        if goes {
          if !continues { flush() }
          runStart = next
          removedCount += 1
          removed.extend(with: offset, continues)
        }
        continues = goes
        end = next
      }
      flush()
    }
    guard isRead else { return nil }
    recordsCRC = wholeCRC
    self.removed = removed
    self.removedCount = removedCount
    self.restSize = restSize
    self.restCRC = restCRC
  }

  package var restCount: Int32 { header.recordCount - removedCount }

  /// Shows every record of a batch that was stored; those of a control batch are none. False for what is no
  /// batch.
  package static func forEachRecord(of batch: [UInt8], _ body: (Record) -> Void) -> Bool {
    guard let header = BatchHeader(parsing: batch) else { return false }
    if header.attributes.contains(.control) { return true }
    return withRecords(of: batch, header) { records in
      var cursor = ValidatedRecordCursor(records)
      while let record = cursor.next() {
        body(
          Record(
            offset: header.baseOffset &+ Int64(record.offsetDelta), key: record.key,
            isTombstone: record.value == nil))
      }
    }
  }

  private static func withRecords(
    of batch: [UInt8], _ header: BatchHeader, _ body: (UnsafeRawBufferPointer) -> Void
  ) -> Bool {
    if header.attributes.codec == CompressionCodec.none {
      batch.withUnsafeBytes { body(UnsafeRawBufferPointer(rebasing: $0[BatchHeader.size...])) }
      return true
    }
    guard let codec = header.attributes.codec,
      let records = try? batch.withLentBytes(
        from: BatchHeader.size,
        { lent throws(BatchRejection) in
          try Compression.decompress(lent, codec: codec, limit: .max)
        })
    else { return false }
    records.withUnsafeBytes { body($0) }
    return true
  }
}

extension [ClosedRange<Int64>] {
  fileprivate mutating func extend(with offset: Int64, _ continues: Bool) {
    guard continues, let last else { return append(offset...offset) }
    self[count - 1] = last.lowerBound...offset
  }
}
