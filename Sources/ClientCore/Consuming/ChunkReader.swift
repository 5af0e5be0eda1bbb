import ActaModel
package import BatchCodec

/// Takes records out of a chunk, some at a time. Batches are unpacked when they are come to, control batches and
/// records of aborted transactions are passed over.
package struct ChunkReader: Sendable {
  /// A record, lent for a call.
  package struct Record {
    package let offset: Int64
    /// Epoch milliseconds; -1 is none.
    package let timestamp: Int64
    package let isLogAppendTime: Bool
    package let leaderEpoch: Int32
    package let view: RecordView
  }

  /// The batch that is being read.
  private struct Batch {
    let header: BatchHeader
    /// Uncompressed.
    let records: ArraySlice<UInt8>
    /// Bytes of `records` that are dealt with.
    var read = 0
  }

  /// The most that a batch may unpack to.
  private static let unpackedLimit = 1 << 30

  package let chunk: FetchedChunk
  private let checksCRC: Bool
  private var rest: ArraySlice<UInt8>
  private var batch: Batch?
  private var aborted: ArraySlice<AbortedTransactionRange>
  private var abortedProducers: Set<Int64> = []
  /// The first offset that was not dealt with.
  package private(set) var nextOffset: Int64
  /// Of the record that was given out last; -1 where there is none, or it is not told.
  package private(set) var leaderEpoch: Int32 = -1

  package init(_ chunk: FetchedChunk, checksCRC: Bool) {
    self.chunk = chunk
    self.checksCRC = checksCRC
    rest = chunk.bytes
    aborted = chunk.aborted[...]
    nextOffset = chunk.fetchOffset
  }

  /// Gives up to `limit` records to `body`, in order of their offsets.
  ///
  /// - Returns: Whether there may be more.
  package mutating func read(
    atMost limit: Int, _ body: (Record) throws -> Void
  ) throws -> Bool {
    var left = limit
    while left > 0 {
      guard var current = try batch.take() ?? nextBatch() else { return false }
      let isDone = try read(&current, &left, body)
      if !isDone { batch = current }
    }
    return true
  }

  /// - Returns: Whether the batch is read to its end.
  private mutating func read(
    _ batch: inout Batch, _ left: inout Int, _ body: (Record) throws -> Void
  ) throws -> Bool {
    let header = batch.header
    let isLogAppendTime = header.attributes.contains(.logAppendTime)
    var done = false
    try batch.records.withUnsafeBytes { bytes in
      var cursor = RecordCursor(UnsafeRawBufferPointer(rebasing: bytes[batch.read...]))
      while left > 0 {
        guard let view = try next(&cursor, of: header) else {
          done = true
          break
        }
        // Only where no checksum is looked at.
        guard 0 <= view.offsetDelta, view.offsetDelta <= header.lastOffsetDelta else {
          throw damage("a record that is not within its batch", at: header.baseOffset)
        }
        let offset = header.baseOffset + Int64(view.offsetDelta)
        // Compressed or not, a batch comes whole, also those records that were not asked for.
        if offset < nextOffset { continue }
        try body(
          Record(
            offset: offset,
            timestamp: isLogAppendTime
              ? header.maxTimestamp : header.baseTimestamp &+ view.timestampDelta,
            isLogAppendTime: isLogAppendTime, leaderEpoch: header.leaderEpoch, view: view))
        left -= 1
        nextOffset = offset + 1
        leaderEpoch = header.leaderEpoch
      }
      batch.read = bytes.count - cursor.remaining
      // Whoever reads exactly what there was need not come once more to learn it.
      if cursor.remaining == 0 { done = true }
    }
    if done { nextOffset = max(nextOffset, header.lastOffset + 1) }
    return done
  }

  private func next(
    _ cursor: inout RecordCursor, of header: BatchHeader
  ) throws(ClientFailure) -> RecordView? {
    do throws(RecordFormatError) {
      return try cursor.next()
    } catch {
      throw damage("a record that cannot be read (\(error))", at: header.baseOffset)
    }
  }

  /// The next batch with records that are wanted, unpacked.
  private mutating func nextBatch() throws(ClientFailure) -> Batch? {
    while let (header, bytes) = try takeBatch() {
      if isWanted(header, bytes) {
        return Batch(header: header, records: try unpack(bytes, header))
      }
      nextOffset = max(nextOffset, header.lastOffset + 1)
    }
    return nil
  }

  /// Cuts the next whole batch off.
  private mutating func takeBatch() throws(ClientFailure) -> (BatchHeader, ArraySlice<UInt8>)? {
    guard let header = rest.withUnsafeBytes({ BatchHeader(parsing: $0) }) else { return nil }
    guard let size = header.credibleSize else {
      throw damage("something that is no batch", at: nextOffset)
    }
    // The broker cuts its answer off where it is long enough.
    guard size <= rest.count else { return nil }
    let bytes = rest.prefix(size)
    rest = rest.dropFirst(size)
    guard header.magic == 2 else {
      throw damage("a batch of format \(header.magic), which is not known", at: header.baseOffset)
    }
    if checksCRC, bytes.withUnsafeBytes({ BatchHeader.computeCRC(of: $0) }) != header.crc {
      throw damage("a batch whose CRC is wrong", at: header.baseOffset)
    }
    return (header, bytes)
  }

  private mutating func isWanted(_ header: BatchHeader, _ bytes: ArraySlice<UInt8>) -> Bool {
    while let first = aborted.first, first.firstOffset <= header.lastOffset {
      abortedProducers.insert(first.producerID)
      aborted.removeFirst()
    }
    if header.attributes.contains(.control) {
      if Self.isAbort(bytes) { abortedProducers.remove(header.producerID) }
      return false
    }
    if header.lastOffset < nextOffset { return false }
    return
      !(header.attributes.contains(.transactional) && abortedProducers.contains(header.producerID))
  }

  /// The key of a marker: version and type, of which 0 is an abort.
  private static func isAbort(_ batch: ArraySlice<UInt8>) -> Bool {
    batch.withUnsafeBytes { batch in
      var cursor = RecordCursor(UnsafeRawBufferPointer(rebasing: batch[BatchHeader.size...]))
      guard let record = try? cursor.next(), let key = record.key, key.count >= 4 else {
        return false
      }
      return key[2] == 0 && key[3] == 0
    }
  }

  private func unpack(
    _ batch: ArraySlice<UInt8>, _ header: BatchHeader
  ) throws(ClientFailure) -> ArraySlice<UInt8> {
    let records = batch.dropFirst(BatchHeader.size)
    guard let codec = header.attributes.codec else {
      throw damage(
        "a batch packed by codec \(header.attributes.codecNumber), which is not known",
        at: header.baseOffset)
    }
    if codec == .none { return records }
    do throws(BatchRejection) {
      return try records.withUnsafeBufferPointer { lent throws(BatchRejection) in
        try Compression.decompress(
          UnsafeRawBufferPointer(lent), codec: codec, limit: Self.unpackedLimit)[...]
      }
    } catch {
      throw damage("a batch that cannot be unpacked (\(error.message))", at: header.baseOffset)
    }
  }

  private func damage(_ what: String, at offset: Int64) -> ClientFailure {
    ClientFailure(
      .malformedAnswer,
      "\(chunk.partition): \(what), at offset \(offset). To go on behind it, seek past it.",
      topic: chunk.partition.topic, partition: chunk.partition.partition)
  }
}
