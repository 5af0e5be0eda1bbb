import ActaModel
import BatchCodec
import Coordination
import SQLite
import SQLiteStore

/// Holds the index of compaction against the records: below `first_dirty_offset` each record with a key has an
/// entry. Entries that lead nowhere are harmless.
final class CompactionCheck {
  private let check: LogCheck
  private let partition: StoredPartition
  private let firstDirty: Statement
  private let entry: Statement
  private let aborted: Statement
  private var missing: Int64 = 0
  private var firstMissing: Int64?

  init(_ check: LogCheck, _ partition: StoredPartition) throws {
    self.check = check
    self.partition = partition
    firstDirty = try check.log.prepare(
      "SELECT first_dirty_offset FROM compactions WHERE partition_id = ?")
    entry = try check.log.prepare(
      """
      SELECT 1 FROM compaction_keys WHERE partition_id = ? AND key_hash = ? AND "offset" = ?
      """)
    aborted = try check.log.prepare(
      """
      SELECT 1 FROM transaction_ranges
      WHERE partition_id = ? AND producer_id = ? AND first_offset <= ?3 AND last_offset >= ?3
      """)
  }

  /// In the batch's snapshot.
  func look(at header: BatchHeader, _ batch: InspectedBatch) throws {
    guard !header.attributes.contains(.control), let end = try cleanEnd(), end > header.baseOffset,
      let bytes = batch.rebuilt?.bytes
    else { return }
    // Records of aborted transactions supersede none and have none.
    if header.attributes.contains(.transactional), try isAborted(header) { return }
    try bytes.withUnsafeBytes { bytes in
      var records = RecordCursor(UnsafeRawBufferPointer(rebasing: bytes[BatchHeader.size...]))
      while let record = try records.next() {
        let offset = header.baseOffset &+ Int64(record.offsetDelta)
        guard offset < end, let key = record.key else { continue }
        if try !hasEntry(KeyHash.hash(key), offset) {
          missing += 1
          firstMissing = firstMissing ?? offset
        }
      }
    }
  }

  private func cleanEnd() throws -> Int64? {
    try firstDirty.bind(partition.id.value, at: 1)
    defer { firstDirty.reset() }
    return try firstDirty.step() ? firstDirty.integer(0) : nil
  }

  private func hasEntry(_ hash: UInt64, _ offset: Int64) throws -> Bool {
    try entry.bind(partition.id.value, at: 1)
    try entry.bind(Int64(bitPattern: hash), at: 2)
    try entry.bind(offset, at: 3)
    defer { entry.reset() }
    return try entry.step()
  }

  private func isAborted(_ header: BatchHeader) throws -> Bool {
    try aborted.bind(partition.id.value, at: 1)
    try aborted.bind(header.producerID, at: 2)
    try aborted.bind(header.baseOffset, at: 3)
    defer { aborted.reset() }
    return try aborted.step()
  }

  func finish() throws {
    if let first = firstMissing {
      add(
        "\(missing) records that count as clean are not in compaction_keys, the first at offset \(first)"
      )
    }
    let row = try check.log.prepare(
      """
      SELECT key_count, (SELECT count(*) FROM compaction_keys AS k WHERE k.partition_id = c.partition_id)
      FROM compactions AS c WHERE c.partition_id = ?
      """)
    try row.bind(partition.id.value, at: 1)
    guard try row.step() else { return }
    if row.integer(0) != row.integer(1) {
      add(
        "compactions.key_count is \(row.integer(0)), and compaction_keys has \(row.integer(1)) rows"
      )
    }
  }

  private func add(_ sentence: String) {
    check.add(
      .error, "compaction", partition.name, sentence, repair: .compactionIndex(partition.id))
  }
}
