package import ActaModel
import BatchCodec
import LogStorage

/// The tables of a `ScriptedStore`: a value, so that a copy from before undoes a turn.
package struct ScriptedTables {
  package struct Batch {
    package var summary: BatchSummary
    package let leaderEpoch: LeaderEpoch
    package let runningMaxTimestamp: Int64
    package let appended: LogSums
    /// Stamped, as consumers get it.
    package var bytes: [UInt8]
  }

  package struct Group {
    package var stored: StoredGroup
    package var stateChanged: Int64
    package var positions: [PartitionID: StoredPosition] = [:]
  }

  package struct ConfigRecord: Equatable {
    package let entity: ConfigEntity
    package let change: ConfigChange
    package let author: ConfigAuthor
  }

  package struct QuotaPlace: Hashable {
    let entity: QuotaEntity
    let key: String
  }

  package struct Epoch {
    let epoch: LeaderEpoch
    var start: Offset
  }

  package var topics: [Topic] = []
  /// As they were last written.
  package var partitions: [PartitionID: PartitionRow] = [:]
  /// Partitions that a topic is to grow by.
  package var growths: [TopicID: [PartitionID]] = [:]
  package var batches: [PartitionID: [Batch]] = [:]
  package var epochs: [PartitionID: [Epoch]] = [:]
  package var producers: [PartitionID: [ProducerID: ProducerRow]] = [:]
  package var compactions: [PartitionID: Compaction] = [:]
  /// In the order in which they were made.
  package var groups: [Group] = []
  /// Topics' own are with them, too.
  package var configs: [ConfigEntity: [String: String]] = [:]
  package var configHistory: [ConfigRecord] = []
  /// By what is unique among them.
  package var quotas: [QuotaPlace: Double] = [:]
  /// How many records each group has lost, by pass.
  package var losses: [TrimPass: [String: Int64]] = [:]
  package var transactions: [ExactText: TransactionRow] = [:]
  package var ranges: [PartitionID: [Range]] = [:]
  package var held: [Held] = []
  package var lastPartition: Int64 = 0
  package var nextProducerID: Int64 = 0

  func index(ofGroup name: String) -> Int? {
    groups.firstIndex { ExactText($0.stored.group.name) == ExactText(name) }
  }

  /// The group's positions, for tests.
  package func positions(of group: String) -> [PartitionID: Int64] {
    index(ofGroup: group).map { groups[$0].positions.mapValues(\.offset) } ?? [:]
  }
}

// MARK: - Topics

extension ScriptedTables {
  mutating func newPartitions(_ count: Int) -> [PartitionID] {
    let added = (0..<count).map { PartitionID(lastPartition + Int64($0) + 1) }
    lastPartition += Int64(count)
    for id in added { partitions[id] = PartitionRow(id: id) }
    return added
  }

  mutating func grow(_ topic: Topic, to count: Int, atMost limit: Int) -> [PartitionID]? {
    let staged = growths[topic.id] ?? []
    let missing = count - topic.partitions.count - staged.count
    let all = staged + newPartitions(min(max(missing, 0), limit))
    guard missing <= limit else {
      growths[topic.id] = all
      return nil
    }
    let added = Array(all.prefix(count - topic.partitions.count))
    growths[topic.id] = Array(all.dropFirst(added.count))
    topics = topics.map { known in
      guard known.id == topic.id else { return known }
      return Topic(
        id: known.id, name: known.name, isInternal: known.isInternal,
        partitions: topic.partitions + added, configs: known.configs)
    }
    return added
  }

  mutating func discardGrowth(of topic: Topic) {
    for partition in growths.removeValue(forKey: topic.id) ?? [] { partitions[partition] = nil }
  }

  mutating func delete(_ topic: Topic) {
    topics.removeAll { $0.id == topic.id }
    discardGrowth(of: topic)
    forgetPositions(in: topic.partitions)
    for partition in topic.partitions {
      partitions[partition] = nil
      batches[partition] = nil
      epochs[partition] = nil
      producers[partition] = nil
      compactions[partition] = nil
      ranges[partition] = nil
    }
  }
}

// MARK: - Configurations

extension ScriptedTables {
  mutating func write(
    _ changes: [ConfigChange], of entity: ConfigEntity, by author: ConfigAuthor
  ) {
    for change in changes {
      configs[entity, default: [:]][change.name] = change.after
      configHistory.append(ConfigRecord(entity: entity, change: change, author: author))
    }
    if configs[entity]?.isEmpty == true { configs[entity] = nil }
    topics = topics.map { topic in
      .topic(topic.name) == entity ? topic.with(configs: configs[entity] ?? [:]) : topic
    }
  }
}

// MARK: - The log

extension ScriptedTables {
  mutating func append(_ batch: ProducedBatch, at placement: BatchPlacement) {
    let bytes = BatchBytes(batch, at: placement)
    let summary = BatchSummary(
      baseOffset: placement.baseOffset, lastOffset: placement.lastOffset,
      recordCount: Int64(batch.header.recordCount), sizeBytes: placement.sizeBytes,
      maxTimestamp: batch.header.maxTimestamp, appendedAt: placement.appendedAt,
      transactionOf: batch.header.attributes.contains(.transactional)
        ? batch.header.producer : nil, isMarker: batch.header.attributes.contains(.control))
    batches[placement.partition, default: []].append(
      Batch(
        summary: summary, leaderEpoch: placement.leaderEpoch,
        runningMaxTimestamp: placement.runningMaxTimestamp, appended: placement.appended,
        bytes: bytes.contiguous))
    guard placement.beginsEpoch else { return }
    epochs[placement.partition, default: []].append(
      Epoch(epoch: placement.leaderEpoch, start: placement.baseOffset))
  }

  /// The row with what its last batch says of the time since it was written.
  func current(_ row: PartitionRow) -> PartitionRow {
    guard let last = batches[row.id]?.last, last.summary.lastOffset >= row.nextOffset else {
      return row
    }
    var row = row
    row.nextOffset = last.summary.lastOffset + 1
    row.leaderEpoch = last.leaderEpoch
    row.maxTimestamp = last.runningMaxTimestamp
    row.recordCount += last.appended.records - row.appended.records
    row.sizeBytes += last.appended.bytes - row.appended.bytes
    row.appended = last.appended
    return row
  }

  func evidence(in partition: PartitionID, from offset: Offset) -> [ProducerEvidence?] {
    (batches[partition] ?? []).filter { $0.summary.baseOffset >= offset }.map(\.evidence)
  }

  /// Deletes what is below `offset`; a batch inside which that is keeps its rest.
  mutating func deleteRecords(
    of partition: PartitionID, below offset: Offset
  ) throws(StoreError) -> DeletedRecords {
    let all = batches[partition] ?? []
    let touched = all.filter { $0.summary.baseOffset < offset }
    var rest: [Batch] = []
    for batch in touched where batch.summary.lastOffset >= offset {
      rest.append(try batch.cut(below: offset))
    }
    batches[partition] = rest + all.dropFirst(touched.count)
    trimEpochs(of: partition, to: offset)
    func total(_ measure: (Batch) -> Int64) -> Int64 {
      touched.reduce(0) { $0 + measure($1) } - rest.reduce(0) { $0 + measure($1) }
    }
    // A control record is none.
    let records = total { $0.isControl ? 0 : $0.summary.recordCount }
    return DeletedRecords(
      count: Int(records), recordCount: records, sizeBytes: total(\.summary.sizeBytes))
  }

  private mutating func trimEpochs(of partition: PartitionID, to offset: Offset) {
    guard var known = epochs[partition] else { return }
    if let last = known.lastIndex(where: { $0.start <= offset }) { known.removeFirst(last) }
    for index in known.indices { known[index].start = max(known[index].start, offset) }
    epochs[partition] = known
  }
}

extension ScriptedTables.Batch {
  var header: BatchHeader? { BatchHeader(parsing: bytes) }

  fileprivate var evidence: ProducerEvidence? {
    header.flatMap {
      ProducerEvidence(
        $0, appendedAt: summary.appendedAt,
        controlRecords: isControl ? Array(bytes[BatchHeader.size...]) : nil)
    }
  }

  var isControl: Bool { header?.attributes.contains(.control) ?? false }

  func records() throws(StoreError) -> [DecodedRecord] {
    do throws(BatchRejection) {
      return try DecodedRecord.decode(batch: bytes)
    } catch {
      throw .unreadable(error.message)
    }
  }

  fileprivate func cut(below offset: Offset) throws(StoreError) -> ScriptedTables.Batch {
    try keeping { $0 >= offset.value }
  }

  func keeping(_ stays: (Int64) -> Bool) throws(StoreError) -> ScriptedTables.Batch {
    guard let header else { throw .unreadable("a batch's header") }
    var rebuilder = BatchRebuilder(header: header)
    for record in try records() where stays(record.offset) { rebuilder.append(record) }
    let count = rebuilder.count
    let bytes = rebuilder.finish().bytes
    return ScriptedTables.Batch(
      summary: BatchSummary(
        baseOffset: summary.baseOffset, lastOffset: summary.lastOffset, recordCount: Int64(count),
        sizeBytes: Int64(bytes.count), maxTimestamp: summary.maxTimestamp,
        appendedAt: summary.appendedAt, transactionOf: summary.transactionOf,
        isMarker: summary.isMarker),
      leaderEpoch: leaderEpoch, runningMaxTimestamp: runningMaxTimestamp, appended: appended,
      bytes: bytes)
  }
}

extension BatchRebuilder {
  fileprivate mutating func append(_ record: DecodedRecord) {
    var headers = RecordHeaders()
    for header in record.headers { headers.append(header) }
    record.key.withOptionalBytes { key in
      record.value.withOptionalBytes { value in
        append(
          offset: record.offset, timestamp: record.timestamp, key: key, value: value,
          headers: headers)
      }
    }
  }
}

extension [UInt8]? {
  fileprivate func withOptionalBytes(_ body: (UnsafeRawBufferPointer?) -> Void) {
    guard let bytes = self else { return body(nil) }
    bytes.withUnsafeBytes { body($0) }
  }
}
