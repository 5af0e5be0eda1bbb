import ActaModel
import BatchCodec

/// Makes batches from the rows of a partition, in one pass over both, and verifies each.
struct BatchAssembly {
  struct Damage: Error, Equatable {
    let offset: Offset
    let reason: String
  }

  private let plan: [StoredBatch]
  private var index = 0
  private var rebuilder: BatchRebuilder
  private var headers = RecordHeaders()
  private var finished: [[UInt8]] = []
  private var damage: Damage?

  /// `plan` has at least one batch, and they are in order.
  init(_ plan: [StoredBatch]) {
    self.plan = plan
    rebuilder = Self.rebuilder(for: plan[0])
  }

  private static func rebuilder(for batch: StoredBatch) -> BatchRebuilder {
    BatchRebuilder(header: batch.header, recordsSize: batch.plausibleRecordsSize)
  }

  /// Takes a row; rows come in the order of their offsets. False when a batch turned out to be damaged, so that
  /// there is no point in going on.
  mutating func add(
    offset: Int64, timestamp: Int64, key: UnsafeRawBufferPointer?, value: UnsafeRawBufferPointer?,
    headers text: UnsafeRawBufferPointer?
  ) -> Bool {
    while offset > plan[index].lastOffset.value {
      guard seal() else { return false }
    }
    // A row between two batches belongs to none; another process's insert, which no consumer was promised.
    if offset < plan[index].baseOffset.value { return true }
    guard let text else {
      rebuilder.append(offset: offset, timestamp: timestamp, key: key, value: value)
      return true
    }
    guard readHeaders(text) else {
      damage = Damage(
        offset: plan[index].baseOffset,
        reason: "the headers of the record at offset \(offset) are not what the log writes")
      return false
    }
    rebuilder.append(
      offset: offset, timestamp: timestamp, key: key, value: value, headers: headers)
    return true
  }

  private mutating func readHeaders(_ text: UnsafeRawBufferPointer) -> Bool {
    guard let decoded = HeadersJSON.decode(text) else { return false }
    headers.removeAll()
    for header in decoded {
      header.name.withUnsafeBytes { name in
        guard let value = header.value else { return headers.append(name: name, value: nil) }
        value.withUnsafeBytes { headers.append(name: name, value: $0) }
      }
    }
    return true
  }

  /// Every batch up to the first damaged one; throws if that is the first of all.
  mutating func finish() throws(Damage) -> [[UInt8]] {
    while damage == nil, index < plan.count { _ = seal() }
    if let damage, finished.isEmpty { throw damage }
    return finished
  }

  /// The first batch of the plan as its rows are.
  mutating func rebuildFirst() -> RebuiltBatch { rebuild(plan[0]) }

  private mutating func rebuild(_ batch: StoredBatch) -> RebuiltBatch {
    // Swapped rather than copied, so that the buffer has one owner and is handed on as it is.
    var complete =
      index + 1 < plan.count
      ? Self.rebuilder(for: plan[index + 1]) : BatchRebuilder(header: batch.header)
    swap(&complete, &rebuilder)
    if let records = batch.controlRecords { return Self.controlBatch(batch.header, records) }
    let count = complete.count
    let (bytes, crc) = complete.finish()
    return RebuiltBatch(bytes: bytes, recordsCRC: crc, recordCount: count)
  }

  private static func controlBatch(_ header: BatchHeader, _ records: [UInt8]) -> RebuiltBatch {
    var bytes = [UInt8](repeating: 0, count: BatchHeader.size) + records
    header.seal(&bytes)
    return RebuiltBatch(
      bytes: bytes, recordsCRC: CRC32C.checksum(records), recordCount: header.recordCount)
  }

  /// Ends the current batch; false if it is not what was acknowledged.
  private mutating func seal() -> Bool {
    let batch = plan[index]
    let rebuilt = rebuild(batch)
    guard rebuilt.recordCount == batch.header.recordCount else {
      damage = Damage(
        offset: batch.baseOffset,
        reason:
          "the batch has \(rebuilt.recordCount) records, \(batch.header.recordCount) were stored")
      return false
    }
    guard rebuilt.recordsCRC == batch.recordsCRC else {
      damage = Damage(
        offset: batch.baseOffset, reason: "the records of the batch do not match their checksum")
      return false
    }
    finished.append(rebuilt.bytes)
    index += 1
    return true
  }
}
