import ActaModel
import BatchCodec
import SQLite
import SQLiteStore

/// Holds the transactions of a partition, as its batches and markers tell of them, against
/// `transaction_ranges`. It remembers what is open, a producer at a time.
struct TransactionWalk {
  private let check: LogCheck
  private let partition: StoredPartition
  /// The first offset that was seen of each.
  private var open: [Int64: Int64] = [:]
  private var hasAny = false

  init(_ check: LogCheck, _ partition: StoredPartition) {
    self.check = check
    self.partition = partition
  }

  mutating func look(at header: BatchHeader, _ batch: InspectedBatch) throws {
    guard header.attributes.contains(.transactional) else { return }
    hasAny = true
    guard header.attributes.contains(.control) else {
      open[header.producerID] = open[header.producerID] ?? header.baseOffset
      return
    }
    let first = open.removeValue(forKey: header.producerID)
    guard let first, let isCommit = batch.isCommitMarker, !isCommit else { return }
    let known = try count(
      """
      SELECT count(*) FROM transaction_ranges
      WHERE partition_id = ?1 AND producer_id = ?2 AND first_offset <= ?3 AND last_offset = ?4
      """, header.producerID, first, header.baseOffset)
    if known == 0 {
      add(
        "the transaction of producer \(header.producerID) from offset \(first) was aborted at"
          + " \(header.baseOffset), and transaction_ranges does not say so: who reads committed records"
          + " only gets its records")
    }
  }

  /// All batches have been seen, in the snapshot that is open now.
  func finish() throws {
    let rows = try check.log.prepare(
      """
      SELECT producer_id, first_offset, last_offset FROM transaction_ranges WHERE partition_id = ?
      """)
    try rows.bind(partition.id.value, at: 1)
    var missing = open
    var isAny = false
    while try rows.step() {
      isAny = true
      let (producer, first) = (rows.integer(0), rows.integer(1))
      if let last = rows.nullableInteger(2) {
        try lookForAbort(of: producer, at: last)
      } else if missing.removeValue(forKey: producer) == nil, first >= partition.logStartOffset {
        add(
          "transaction_ranges has a transaction of producer \(producer) open since offset \(first), of which"
            + " there is no record or which has ended")
      }
    }
    for (producer, first) in missing.sorted(by: { $0.value < $1.value }) {
      add(
        "the transaction of producer \(producer) is open since offset \(first), and transaction_ranges does"
          + " not say so")
    }
    if isAny, !partition.hasTransactions {
      check.add(
        .error, "transactions", partition.name,
        "the topic is not marked as having transactions, so its views show what was aborted",
        repair: .transactionsMark(partition.id))
    }
  }

  private func lookForAbort(of producer: Int64, at offset: Int64) throws {
    guard offset >= partition.logStartOffset else { return }
    let found = try count(
      """
      SELECT count(*) FROM batches
      WHERE partition_id = ?1 AND base_offset = ?3 AND producer_id = ?2 AND attributes & 32 <> 0
        AND ?3 = ?4
      """, producer, offset, offset)
    if found == 0 {
      add(
        "transaction_ranges has an abort of producer \(producer) at offset \(offset), and there is no marker"
      )
    }
  }

  private func count(_ sql: String, _ values: Int64...) throws -> Int64 {
    let row = try check.log.prepare(sql)
    try row.bind(partition.id.value, at: 1)
    for (index, value) in values.enumerated() { try row.bind(value, at: Int32(index + 2)) }
    return try row.step() ? row.integer(0) : 0
  }

  private func add(_ sentence: String) {
    check.add(.error, "transactions", partition.name, sentence, advice: LogCheck.restore)
  }
}

extension InspectedBatch {
  /// `nil`: not the marker of a transaction.
  fileprivate var isCommitMarker: Bool? {
    rebuilt?.bytes.withUnsafeBytes { bytes in
      var records = RecordCursor(UnsafeRawBufferPointer(rebasing: bytes[BatchHeader.size...]))
      guard let record = try? records.next() else { return nil }
      return TransactionMarker.outcome(of: record)?.isCommit
    }
  }
}
