import ActaModel
import BatchCodec
import SQLite
import SQLiteStore

/// Walks the batches of one partition, in slices of a few mebibytes, each a snapshot of its own, so that what
/// a slice says of batches and records is of one moment. What is true of all of them together is asked at the
/// end.
struct PartitionCheck {
  private let check: LogCheck
  private var partition: StoredPartition
  private var last: BatchFacts.Last?
  private var transactions: TransactionWalk
  private let index: CompactionCheck
  private let mayHaveGaps: Bool
  /// Nothing is wrong with any batch, so that sums can be made anew from them.
  private var isSound = true

  init(_ check: LogCheck, _ partition: StoredPartition) throws {
    self.check = check
    self.partition = partition
    transactions = TransactionWalk(check, partition)
    index = try CompactionCheck(check, partition)
    mayHaveGaps = try Self.isCompacted(partition, check.log)
  }

  /// Now, or ever.
  private static func isCompacted(_ partition: StoredPartition, _ log: StoredLog) throws -> Bool {
    let row = try log.prepare(
      """
      SELECT EXISTS (SELECT 1 FROM compactions WHERE partition_id = ?1) OR EXISTS (
        SELECT 1 FROM config_history
        WHERE (entity_type = 'topic' AND entity_name = ?2 AND name = 'cleanup.policy'
          OR entity_type = 'broker' AND name = 'log.cleanup.policy')
          AND instr(coalesce(value_after, value_before), 'compact') > 0)
      """)
    try row.bind(partition.id.value, at: 1)
    try row.bind(partition.topic, at: 2)
    return try row.step() && row.integer(0) != 0
  }

  mutating func run() throws {
    // A log that grows faster than it is read is left at twice of what there was.
    let limit =
      partition.nextOffset &+ max(1_000_000, partition.nextOffset &- partition.logStartOffset)
    var next = partition.logStartOffset
    while next < limit, try slice(&next) {}
    try sums()
  }

  /// False when there is nothing more.
  private mutating func slice(_ next: inout Int64) throws -> Bool {
    let from = next
    let isLast: Bool = try check.log.snapshot {
      // The topic was deleted meanwhile.
      guard let now = try check.log.partition(partition.id) else { return true }
      if now.logStartOffset > from { last = nil }
      let wasTrimmed = now.logStartOffset > partition.logStartOffset
      partition = now
      let batches = try check.log.batches(of: partition, from: max(from, now.logStartOffset))
      for batch in batches { try look(at: batch, isFirst: last == nil && !wasTrimmed) }
      let end = batches.last?.lastOffset
      try rows(between: from, and: end, in: batches)
      if let end, end >= from { next = end &+ 1 }
      guard batches.isEmpty || next >= now.nextOffset else { return false }
      try atEnd()
      return true
    }
    return !isLast
  }

  private func add(
    _ kind: String, _ sentence: String, _ severity: Finding.Severity = .error,
    repair: Finding.Repair? = nil, advice: String? = nil
  ) {
    check.add(severity, kind, partition.name, sentence, repair: repair, advice: advice)
  }

  // MARK: A batch

  private mutating func look(at batch: InspectedBatch, isFirst: Bool) throws {
    let facts = BatchFacts(batch, after: last, mayHaveGaps: mayHaveGaps)
    for complaint in facts.complaints {
      isSound = false
      add(complaint.check, complaint.sentence, advice: LogCheck.restore)
    }
    if let gap = facts.gap { try explain(gap) }
    if isFirst, batch.baseOffset > partition.logStartOffset {
      try explain(partition.logStartOffset...batch.baseOffset - 1)
    }
    if let header = batch.header {
      try transactions.look(at: header, batch)
      if batch.isValid { try index.look(at: header, batch) }
    }
    try check.note(
      batches: 1, records: Self.recordCount(batch), bytes: batch.sizeBytes, in: partition)
    last = facts.last
  }

  /// A control record is none.
  private static func recordCount(_ batch: InspectedBatch) -> Int64 {
    let isControl = batch.header?.attributes.contains(.control) == true
    return isControl ? 0 : Int64(batch.rebuilt?.recordCount ?? 0)
  }

  /// Offsets without a batch: rows may stand there that were not produced, which the log has passed over.
  private mutating func explain(_ gap: ClosedRange<Int64>) throws {
    if mayHaveGaps { return }
    if partition.hasTable, try count(of: gap) > 0 { return }
    isSound = false
    add(
      "offsets",
      "offsets \(gap.lowerBound) to \(gap.upperBound) are in no batch, and the topic was never compacted",
      advice: LogCheck.restore)
  }

  private func count(of range: ClosedRange<Int64>) throws -> Int64 {
    let row = try check.log.prepare(
      "SELECT count(*) FROM \(partition.table) WHERE \"offset\" BETWEEN ? AND ?")
    try row.bind(range.lowerBound, at: 1)
    try row.bind(range.upperBound, at: 2)
    return try row.step() ? row.integer(0) : 0
  }

  // MARK: A slice

  /// Rows of the slice that are in none of its batches.
  private func rows(
    between start: Int64, and end: Int64?, in batches: [InspectedBatch]
  ) throws {
    guard partition.hasTable, let end, end >= start else { return }
    let present = try count(of: start...end)
    let known = batches.reduce(Int64(0)) { $0 + Self.recordCount($1) }
    if present > known {
      add(
        "records",
        "\(present - known) rows from offset \(start) to \(end) are in no batch; consumers do not"
          + " get them", .warning, advice: "they were inserted by hand, and may be deleted by hand")
    }
  }

  // MARK: The whole

  private mutating func atEnd() throws {
    if let last, last.offset &+ 1 < partition.nextOffset {
      try explain(last.offset &+ 1...partition.nextOffset &- 1)
    } else if last == nil, partition.logStartOffset < partition.nextOffset {
      try explain(partition.logStartOffset...partition.nextOffset &- 1)
    }
    try below()
    try transactions.finish()
    try index.finish()
  }

  private func below() throws {
    guard partition.hasTable, partition.logStartOffset > 0 else { return }
    let found = try count(of: Int64.min...partition.logStartOffset - 1)
    if found > 0 {
      add(
        "records", "\(found) rows are below the log's start \(partition.logStartOffset)", .warning,
        advice: "nobody gets them; they may be deleted by hand")
    }
  }

  private func sums() throws {
    try check.withinLimit("sums", partition.name) {
      let row = try check.log.prepare(
        """
        SELECT p.record_count, p.size_bytes,
          coalesce(sum(iif(b.control_records IS NULL, b.record_count, 0)), 0),
          coalesce(sum(b.size_bytes), 0)
        FROM partitions AS p LEFT JOIN batches AS b ON b.partition_id = p.id WHERE p.id = ?
        """)
      try row.bind(partition.id.value, at: 1)
      guard try row.step(), !row.isNull(0) else { return }
      compare("record_count", row.integer(0), row.integer(2))
      compare("size_bytes", row.integer(1), row.integer(3))
    }
  }

  private func compare(_ column: String, _ kept: Int64, _ actual: Int64) {
    guard kept != actual else { return }
    add(
      "sums", "partitions.\(column) is \(kept), and its batches have \(actual)",
      repair: isSound ? .sums(partition.id) : nil,
      advice: isSound ? nil : "repair the batches first")
  }
}
