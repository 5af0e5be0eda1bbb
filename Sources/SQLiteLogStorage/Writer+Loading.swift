import ActaModel
import LogStorage
import SQLite

/// Reading the writer's copies from the tables, which are the truth: at the start, after a
/// rollback, and when another process has written. No batch and no record is read for it.
extension Writer {
  func load() throws(SQLiteError) {
    catalog = try loadTopics()
    partitions = try loadPartitions()
    producerIDs = 0..<0
    groupIDs = [:]
    try loadAudit()
  }

  private func loadTopics() throws(SQLiteError) -> WorkingCatalog {
    let configs = try loadConfigs()
    var catalog = WorkingCatalog()
    let rows = try connection.prepare(
      "SELECT id, uuid, name, view_name, is_internal FROM topics ORDER BY id")
    while try rows.step() {
      guard let id = TopicID(bytes: rows.bytes(1)) else {
        throw SQLiteError(
          extendedCode: 11, message: "topic \(rows.text(2)) has no 16-byte id", operation: rows.sql)
      }
      let name = rows.text(2)
      let topic = Topic(
        id: id, name: name, isInternal: rows.integer(4) != 0, partitions: [],
        configs: configs[name] ?? [:])
      catalog.insert(
        WorkingCatalog.Entry(rowID: rows.integer(0), viewName: rows.text(3), topic: topic))
    }
    return catalog
  }

  private func loadConfigs() throws(SQLiteError) -> [String: [String: String]] {
    var configs: [String: [String: String]] = [:]
    let rows = try connection.prepare(
      "SELECT entity_name, name, value FROM config_overrides WHERE entity_type = 'topic'")
    while try rows.step() { configs[rows.text(0), default: [:]][rows.text(1)] = rows.text(2) }
    return configs
  }

  private func loadPartitions() throws(SQLiteError) -> [PartitionID: PartitionState] {
    var partitions: [PartitionID: PartitionState] = [:]
    let rows = try connection.prepare(
      """
      SELECT p.id, p.log_start_offset, p.next_offset, p.leader_epoch, p.record_count, p.size_bytes,
        p.max_timestamp, p.view_number, p.number, t.uuid
      FROM partitions AS p JOIN topics AS t ON t.id = p.topic_id ORDER BY p.topic_id, p.number
      """)
    while try rows.step() {
      let state = Self.state(from: rows)
      guard let topic = TopicID(bytes: rows.bytes(9)),
        let entry = catalog.topics[topic], entry.topic.partitions.count == Int(rows.integer(8))
      else {
        throw SQLiteError(
          extendedCode: 11, message: "partition \(state.id) does not follow the one before it",
          operation: rows.sql)
      }
      partitions[state.id] = state
      catalog.add(state.id, to: topic, viewNumber: rows.integer(7))
    }
    return partitions
  }

  private static func state(from row: borrowing Statement) -> PartitionState {
    PartitionState(
      id: PartitionID(row.integer(0)), logStartOffset: row.integer(1), nextOffset: row.integer(2),
      leaderEpoch: Int32(truncatingIfNeeded: row.integer(3)), recordCount: row.integer(4),
      sizeBytes: row.integer(5), maxTimestamp: row.integer(6))
  }

  /// Drops what a rolled-back savepoint had changed of one partition. The partition's row is not
  /// written before the end of the transaction, so an alone request that has appended to it before
  /// would lose that: its earlier batches are found again in `batches`.
  func restore(_ id: PartitionID) throws(SQLiteError) {
    guard let partition = partitions[id] else { return }
    let row = try connection.prepare(
      """
      SELECT id, log_start_offset, next_offset, leader_epoch, record_count, size_bytes,
        max_timestamp FROM partitions WHERE id = ?
      """)
    try row.bind(id.value, at: 1)
    guard try row.step() else { return }
    let stored = Self.state(from: row)
    row.reset()
    partition.nextOffset = stored.nextOffset
    partition.leaderEpoch = stored.leaderEpoch
    partition.recordCount = stored.recordCount
    partition.sizeBytes = stored.sizeBytes
    partition.maxTimestamp = stored.maxTimestamp
    partition.producers = [:]
    partition.changedProducers = []
    partition.endsInRow = false
    try replayBatches(of: partition)
    changes.cached.removeAll { $0.partition == id && $0.baseOffset >= partition.nextOffset }
  }

  private func replayBatches(of partition: PartitionState) throws(SQLiteError) {
    let rows = try connection.prepare(
      """
      SELECT last_offset, record_count, size_bytes, max_timestamp_so_far, leader_epoch FROM batches
      WHERE partition_id = ? AND base_offset >= ? ORDER BY base_offset
      """)
    try rows.bind(partition.id.value, at: 1)
    try rows.bind(partition.nextOffset, at: 2)
    while try rows.step() {
      partition.nextOffset = rows.integer(0) + 1
      partition.recordCount += rows.integer(1)
      partition.sizeBytes += rows.integer(2)
      partition.maxTimestamp = rows.integer(3)
      partition.leaderEpoch = Int32(truncatingIfNeeded: rows.integer(4))
    }
  }

  // MARK: Other processes

  func readDataVersion() throws(SQLiteError) -> Int64 {
    guard try statements.dataVersion.step() else { return 0 }
    defer { statements.dataVersion.reset() }
    return statements.dataVersion.integer(0)
  }

  /// To be called with the write lock held, so that nothing can change behind the comparison.
  func reloadIfForeign() throws {
    let version = try readDataVersion()
    guard version != dataVersion else { return }
    options.log(.warning, "another process has written to the database; everything is read anew")
    let owner = try connection.text("SELECT value FROM cluster WHERE key = 'instance_id'")
    guard owner == instanceID else {
      throw ForeignOwner(instanceID: owner)
    }
    let known = Set(partitions.keys)
    try load()
    try reloadResident(because: .foreignWrite)
    changes.isReloaded = true
    changes.isCatalogChanged = true
    changes.removedPartitions = known.subtracting(partitions.keys).sorted()
    dataVersion = version
  }

  /// Looks without the lock; if something was written, an empty group takes it in.
  func pollForeignWrites() {
    guard latch.error == nil, file != nil else { return }
    do {
      if try readDataVersion() != dataVersion { process([]) }
    } catch {
      failStop(.failed(error.description))
    }
  }
}

/// Another server has opened the same file.
struct ForeignOwner: Error, CustomStringConvertible {
  let instanceID: String?

  var description: String {
    "another server (instance \(instanceID ?? "unknown")) has taken over the database"
  }
}

extension TopicID {
  init?(bytes: [UInt8]) {
    guard bytes.count == 16 else { return nil }
    func word(_ slice: ArraySlice<UInt8>) -> UInt64 { slice.reduce(0) { $0 << 8 | UInt64($1) } }
    self.init(high: word(bytes[..<8]), low: word(bytes[8...]))
  }

  var bytes: [UInt8] {
    [high, low].flatMap { word in
      stride(from: 56, through: 0, by: -8).map { UInt8(truncatingIfNeeded: word >> UInt64($0)) }
    }
  }
}
