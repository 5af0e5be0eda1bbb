import ActaModel
import LogStorage
import SQLite

/// What compaction asks. None of it is on the way of a fetch: statements are made when they are needed.
extension SQLiteReader {
  func summaries(
    of partition: PartitionID, from offset: Offset, below end: Offset, limit: Int
  ) throws(ReadFailure) -> [BatchSummary] {
    try inSnapshot(of: partition, at: offset) {
      let rows = try prepare(
        """
        SELECT \(BatchSummary.columns) FROM batches
        WHERE partition_id = ?1 AND base_offset < ?3 AND last_offset >= ?2
          AND base_offset >= coalesce((
            SELECT max(base_offset) FROM batches WHERE partition_id = ?1 AND base_offset <= ?2), ?2)
        ORDER BY base_offset LIMIT ?4
        """)
      try rows.bind(partition.value, at: 1)
      try rows.bind(offset.value, at: 2)
      try rows.bind(end.value, at: 3)
      try rows.bind(Int64(limit), at: 4)
      var batches: [BatchSummary] = []
      while try rows.step() {
        let batch = try BatchSummary(rows, of: partition)
        guard batch.lastOffset < end else { break }
        batches.append(batch)
      }
      return batches
    }
  }

  func compactionState(of partition: PartitionID) throws(ReadFailure) -> CompactionState? {
    try inSnapshot(of: partition) {
      let row = try prepare(
        "SELECT first_dirty_offset, key_count FROM compactions WHERE partition_id = ?")
      try row.bind(partition.value, at: 1)
      guard try row.step() else { return nil }
      let name = RowName("compactions", partition.description)
      return CompactionState(
        firstDirtyOffset: try row.offset(0, of: name),
        keyCount: try row.integer(1, in: Plausible.sum, of: name))
    }
  }

  func compactionKeys(
    of partition: PartitionID, hashes: [Int64]
  ) throws(ReadFailure) -> [CompactionKey] {
    try inSnapshot(of: partition) {
      let rows = try prepare(
        """
        SELECT key_hash, "offset", delete_at FROM compaction_keys
        WHERE partition_id = ? AND key_hash = ? ORDER BY "offset"
        """)
      try rows.bind(partition.value, at: 1)
      var keys: [CompactionKey] = []
      for hash in hashes {
        try rows.bind(hash, at: 2)
        while try rows.step() { keys.append(try CompactionKey(rows, of: partition)) }
      }
      return keys
    }
  }

  func compactionKeys(
    of partition: PartitionID, after key: CompactionKey?, limit: Int
  ) throws(ReadFailure) -> [CompactionKey] {
    try inSnapshot(of: partition) {
      let rows = try prepare(
        """
        SELECT key_hash, "offset", delete_at FROM compaction_keys
        WHERE partition_id = ?1 AND (key_hash, "offset") > (?2, ?3)
        ORDER BY key_hash, "offset" LIMIT ?4
        """)
      try rows.bind(partition.value, at: 1)
      try rows.bind(key?.hash ?? .min, at: 2)
      try rows.bind(key?.offset.value ?? -1, at: 3)
      try rows.bind(Int64(limit), at: 4)
      var keys: [CompactionKey] = []
      while try rows.step() { keys.append(try CompactionKey(rows, of: partition)) }
      return keys
    }
  }

  func dueTombstones(
    of partition: PartitionID, at time: Int64, limit: Int
  ) throws(ReadFailure) -> [CompactionKey] {
    try inSnapshot(of: partition) {
      let rows = try prepare(
        """
        SELECT key_hash, "offset", delete_at FROM compaction_keys
        WHERE partition_id = ? AND delete_at IS NOT NULL AND delete_at <= ?
        ORDER BY delete_at LIMIT ?
        """)
      try rows.bind(partition.value, at: 1)
      try rows.bind(time, at: 2)
      try rows.bind(Int64(limit), at: 3)
      var keys: [CompactionKey] = []
      while try rows.step() { keys.append(try CompactionKey(rows, of: partition)) }
      return keys
    }
  }

  func nextTombstone(of partition: PartitionID) throws(ReadFailure) -> Int64? {
    try inSnapshot(of: partition) {
      let row = try prepare(
        """
        SELECT delete_at FROM compaction_keys
        WHERE partition_id = ? AND delete_at IS NOT NULL ORDER BY delete_at LIMIT 1
        """)
      try row.bind(partition.value, at: 1)
      return try row.step() ? row.nullableInteger(0) : nil
    }
  }

  func compactedPartitions() throws(ReadFailure) -> [PartitionID] {
    try inSnapshot(of: PartitionID(0)) {
      let rows = try prepare("SELECT partition_id FROM compactions ORDER BY partition_id")
      var partitions: [PartitionID] = []
      while try rows.step() { partitions.append(PartitionID(rows.integer(0))) }
      return partitions
    }
  }
}

extension CompactionKey {
  fileprivate init(_ row: borrowing Statement, of partition: PartitionID) throws {
    let name = RowName("compaction_keys", "\(partition), \(row.literal(0))")
    self.init(
      hash: row.integer(0), offset: try row.offset(1, of: name), deleteAt: row.nullableInteger(2))
  }
}
