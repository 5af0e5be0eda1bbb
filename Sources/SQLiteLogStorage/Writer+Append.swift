import ActaModel
import BatchCodec
import LogStorage
import SQLite

extension Writer {
  typealias AppendResult = Result<AppendOutcome, StorageError>

  func append(_ items: [PartitionAppend], mode: ApplyMode) throws(SQLiteError) -> [AppendResult] {
    guard logBytes < options.logMaximumBytes else { return items.map { _ in .failure(.pinned) } }
    var results: [AppendResult] = []
    results.reserveCapacity(items.count)
    for item in items {
      switch mode {
      case .grouped: results.append(try append(item))
      case .alone: results.append(try appendWithSavepoint(item))
      }
    }
    return results
  }

  /// Judges and writes one batch. A `StorageError` is found before anything was written.
  private func append(_ item: PartitionAppend) throws(SQLiteError) -> AppendResult {
    guard let partition = partitions[item.partition] else {
      return .failure(.unknownPartition(item.partition))
    }
    let header = item.batch.header
    var producer: ProducerState?
    if header.producerID >= 0 {
      producer = try self.producer(header.producerID, of: partition)
      let decision = ProducerState.decide(
        producer, epoch: header.producerEpoch, firstSequence: header.baseSequence,
        lastSequence: header.lastSequence)
      if let result = refusal(decision, partition) { return result }
    }
    let baseOffset = partition.nextOffset
    try write(item.batch, to: partition)
    if header.producerID >= 0 { remember(header, at: baseOffset, producer, in: partition) }
    return .success(
      AppendOutcome(
        baseOffset: baseOffset, logStartOffset: partition.logStartOffset, isDuplicate: false))
  }

  private func refusal(
    _ decision: ProducerState.Decision, _ partition: PartitionState
  ) -> AppendResult? {
    switch decision {
    case .accept: nil
    case .duplicate(let baseOffset):
      .success(
        AppendOutcome(
          baseOffset: baseOffset, logStartOffset: partition.logStartOffset, isDuplicate: true))
    case .staleEpoch(let known): .failure(.staleProducerEpoch(known: known))
    case .outOfOrder(let expected, let found):
      .failure(.sequenceOutOfOrder(expected: expected, found: found))
    }
  }

  private func write(_ batch: ProducedBatch, to partition: PartitionState) throws(SQLiteError) {
    let header = batch.header
    let baseOffset = partition.nextOffset
    let lastOffset = baseOffset + Int64(header.lastOffsetDelta)
    partition.maxTimestamp = max(partition.maxTimestamp, header.maxTimestamp)
    if partition.leaderEpoch != leaderEpoch {
      try statements.insertLeaderEpoch.run(partition.id.value, Int64(leaderEpoch), baseOffset)
      partition.leaderEpoch = leaderEpoch
    }
    try insertRecords(of: batch, into: partition, at: baseOffset)
    try insertBatchRow(batch, into: partition, lastOffset: lastOffset)
    partition.nextOffset = lastOffset + 1
    partition.recordCount += Int64(header.recordCount)
    partition.sizeBytes += Int64(batch.storedSize)
    markDirty(partition)

    var bytes = batch.bytes
    BatchHeader.stamp(baseOffset: baseOffset, leaderEpoch: leaderEpoch, into: &bytes)
    changes.cached.append(
      LogView.CachedBatch(
        partition: partition.id, baseOffset: baseOffset, lastOffset: lastOffset, bytes: bytes))
  }

  /// A control batch has no record rows; its section stays with its `batches` row.
  private func insertRecords(
    of batch: ProducedBatch, into partition: PartitionState, at baseOffset: Int64
  ) throws(SQLiteError) {
    let header = batch.header
    if header.attributes.contains(.control) {
      partition.endsInRow = false
      return
    }
    let fixed = header.attributes.contains(.logAppendTime) ? header.maxTimestamp : nil
    let insert = try inserts.insert(
      into: partition.id, partition.endsInRow ? .following : .explicit, on: connection)
    try batch.withRecords { records throws(SQLiteError) in
      try batchTable.withBatch(
        records, baseOffset: baseOffset, baseTimestamp: header.baseTimestamp, fixedTimestamp: fixed
      ) { () throws(SQLiteError) in
        try insert.statement.run()
      }
    }
    // A trigger or a changed table could have swallowed some, and a foreign row at the end would
    // have moved the numbers that SQLite gives.
    let lastOffset = baseOffset + Int64(header.lastOffsetDelta)
    guard
      connection.changes == Int(header.recordCount), connection.lastInsertedRowID == lastOffset
    else {
      throw SQLiteError(
        extendedCode: 19,
        message: "\(connection.changes) of \(header.recordCount) records were inserted, the last as"
          + " \(connection.lastInsertedRowID) in place of \(lastOffset)",
        operation: insert.statement.sql)
    }
    partition.endsInRow = true
  }

  private func insertBatchRow(
    _ batch: ProducedBatch, into partition: PartitionState, lastOffset: Int64
  ) throws(SQLiteError) {
    let header = batch.header
    if header.attributes.contains(.control) {
      try statements.insertBatch.bind(batch.withRecords { [UInt8]($0) }, at: 16)
    } else {
      try statements.insertBatch.bindNull(at: 16)
    }
    try statements.insertBatch.run(
      partition.id.value, partition.nextOffset, lastOffset, Int64(header.recordCount),
      header.baseTimestamp, header.maxTimestamp, partition.maxTimestamp, now,
      Int64(header.attributes.rawValue), header.producerID, Int64(header.producerEpoch),
      Int64(header.baseSequence), Int64(leaderEpoch), Int64(batch.storedSize),
      Int64(batch.recordsCRC))
  }

  // MARK: Idempotence

  private func producer(
    _ id: Int64, of partition: PartitionState
  ) throws(SQLiteError) -> ProducerState? {
    let known: ProducerState?
    if let cached = partition.producers[id] {
      known = cached
    } else {
      known = try readProducer(id, of: partition)
      partition.producers[id] = .some(known)
    }
    guard let known, now - known.lastTimestamp <= options.producerExpirationMilliseconds else {
      return nil
    }
    return known
  }

  private func readProducer(
    _ id: Int64, of partition: PartitionState
  ) throws(SQLiteError) -> ProducerState? {
    try statements.readProducer.bind(partition.id.value, at: 1)
    try statements.readProducer.bind(id, at: 2)
    guard try statements.readProducer.step() else { return nil }
    defer { statements.readProducer.reset() }
    let json = statements.readProducer.text(2)
    guard let batches = ProducerState.batches(json: json),
      let epoch = Int16(exactly: statements.readProducer.integer(0))
    else {
      throw SQLiteError(
        extendedCode: 11,
        message: "the state of producer \(id) in partition \(partition.id) is \(json)",
        operation: statements.readProducer.sql)
    }
    return ProducerState(
      epoch: epoch, lastTimestamp: statements.readProducer.integer(1), batches: batches)
  }

  private func remember(
    _ header: BatchHeader, at baseOffset: Int64, _ known: ProducerState?,
    in partition: PartitionState
  ) {
    let batch = ProducerState.Batch(
      firstSequence: header.baseSequence, lastSequence: header.lastSequence,
      baseOffset: baseOffset, lastOffset: baseOffset + Int64(header.lastOffsetDelta),
      timestamp: now)
    partition.producers[header.producerID] = ProducerState.appending(
      batch, epoch: header.producerEpoch, to: known)
    partition.changedProducers.insert(header.producerID)
  }

  func flushProducers(of partition: PartitionState) throws(SQLiteError) {
    if partition.changedProducers.isEmpty { return }
    for id in partition.changedProducers {
      guard let state = partition.producers[id] ?? nil else { continue }
      try statements.writeProducer.bind(state.batchesJSON, at: 5)
      try statements.writeProducer.run(
        partition.id.value, id, Int64(state.epoch), state.lastTimestamp)
    }
    partition.changedProducers.removeAll(keepingCapacity: true)
    // What is written can be read again; the copies must not grow without bound.
    if partition.producers.count > Self.maxCachedProducers { partition.producers = [:] }
  }

  private static var maxCachedProducers: Int { 1_000 }

  // MARK: One at a time

  /// After a group failed, the batch at fault fails and the others of its request do not.
  private func appendWithSavepoint(_ item: PartitionAppend) throws(SQLiteError) -> AppendResult {
    try statements.savepoint.run()
    do {
      let result = try append(item)
      // What the group's end would write belongs to this batch's fate, too.
      if let partition = partitions[item.partition] { try flushProducers(of: partition) }
      try statements.releaseSavepoint.run()
      return result
    } catch {
      if error.isStorageFailure || error.isFull || !connection.isInTransaction { throw error }
      try statements.rollBackToSavepoint.run()
      try statements.releaseSavepoint.run()
      try restore(item.partition)
      options.log(.warning, "a batch was refused by the database: \(error)")
      return .failure(.failed(error.description))
    }
  }
}

extension ProducedBatch {
  /// What it counts for: the batch as it is rebuilt from rows.
  var storedSize: Int { BatchHeader.size + recordsSize }
}
