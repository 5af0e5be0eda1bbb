import ActaModel
import BatchCodec
import LogStorage

extension PartialRead {
  /// Answers the reads in their order: what memory had of each, and the rest from the tables, as far as
  /// the budget goes.
  func completed(
    from tables: Result<any StoreReader, StoreError>, by view: LogView, _ ahead: ReadAhead
  ) -> [Result<ReadOutcome, StorageError>] {
    var budget = ReadBudget(maxBytes: maxBytes)
    return reads.indices.map { index in
      let result = memory[index].flatMap { found in
        completed(found, index, budget.allowance(for: reads[index]), tables, view, ahead)
      }
      if case .success(let outcome) = result { budget.spend(outcome.batches) }
      return result
    }
  }

  private func completed(
    _ found: ReadOutcome, _ index: Int, _ allowance: ReadAllowance,
    _ tables: Result<any StoreReader, StoreError>, _ view: LogView, _ ahead: ReadAhead
  ) -> Result<ReadOutcome, StorageError> {
    var allowance = allowance
    let kept = Array(found.batches.prefix { allowance.take($0.count) })
    guard let rest = rests[index], kept.count == found.batches.count, !allowance.isExhausted else {
      return .success(found.keeping(kept))
    }
    var reading = ContinuedRead(
      read: reads[index].at(rest), found: found.keeping(kept), allowance: allowance)
    do throws(ReadFailure) {
      try reading.run(tables, view, ahead)
    } catch {
      // Whoever reads on from what is good is told then.
      if reading.found.batches.isEmpty {
        return .failure(
          error.storageError(
            partition: reading.read.partition, offset: reading.read.offset,
            highWatermark: found.bounds.highWatermark))
      }
    }
    return .success(reading.found)
  }
}

/// A read that goes on behind what memory had of it: from the tables where memory has nothing, which then has
/// it, and from memory again where that has something.
private struct ContinuedRead {
  var read: PartitionRead
  var found: ReadOutcome
  var allowance: ReadAllowance

  private var limit: Offset { found.bounds.end(for: read.isolation) }

  mutating func run(
    _ tables: Result<any StoreReader, StoreError>, _ view: LogView, _ ahead: ReadAhead
  ) throws(ReadFailure) {
    while !allowance.isExhausted, read.offset < limit {
      guard let (more, generation) = view.resume(read, below: limit, &allowance) else {
        throw .unknownPartition
      }
      if let next = more.next {
        ahead.read(ReadAhead.Place(partition: read.partition, offset: next))
      }
      guard take(more.batches, more.aborted) else { return }
      guard case .cold(let offset, let until) = more.rest, !allowance.isExhausted else { return }
      read = read.at(offset)
      if ahead.waits(for: read.partition) { continue }
      let end = min(limit, until ?? limit)
      let table = try tables.orThrow().batches(read.told, below: end, allowance: allowance)
      let run = CachedRun(
        table, from: offset, below: end, lastStableOffset: found.bounds.lastStableOffset)
      let goesOn = view.fill(read.partition, run, asOf: generation)
      // Where nothing fitted any more, what was to be read ahead was given up for it.
      if goesOn || table.batches.isEmpty, !table.isWhole {
        ahead.read(ReadAhead.Place(partition: read.partition, offset: run.end))
      }
      for batch in table.batches { _ = allowance.take(batch.count) }
      guard take(table.batches.map { BatchBytes($0) }, transactions(in: table)),
        table.isWhole
      else { return }
      read = read.at(end)
    }
  }

  private func transactions(in table: TableRead) -> Set<AbortedTransaction> {
    read.isolation == .readCommitted ? Set(table.aborted.map(\.transaction)) : []
  }

  /// Goes on with what follows; not if a marker that it should have has gone meanwhile: who reads would go on
  /// leaving out what its producer has written later.
  private mutating func take(_ more: [BatchBytes], _ aborted: Set<AbortedTransaction>) -> Bool {
    if more.isEmpty { return true }
    guard found.aborted.allSatisfy({ aborted.contains($0) || found.hasMarker(of: $0) }) else {
      return false
    }
    found = found.continued(by: more, aborted)
    return true
  }
}

extension PartitionRead {
  /// Whatever the reader asked for, what is aborted is asked for, too: the next one may want to know.
  fileprivate var told: PartitionRead {
    PartitionRead(
      partition: partition, offset: offset, maxBytes: maxBytes, isolation: .readCommitted)
  }

  fileprivate func at(_ offset: Offset) -> PartitionRead {
    PartitionRead(partition: partition, offset: offset, maxBytes: maxBytes, isolation: isolation)
  }
}

extension ReadOutcome {
  /// The first of its batches. Of aborted transactions it may name some that begin behind them, which harms
  /// nobody.
  fileprivate func keeping(_ kept: [BatchBytes]) -> ReadOutcome {
    ReadOutcome(bounds: bounds, batches: kept, aborted: aborted)
  }

  fileprivate func continued(
    by more: [BatchBytes], _ aborted: Set<AbortedTransaction>
  ) -> ReadOutcome {
    let added = aborted.subtracting(self.aborted)
    return ReadOutcome(
      bounds: bounds, batches: batches + more,
      aborted: added.isEmpty
        ? self.aborted : (self.aborted + added).sorted { $0.firstOffset < $1.firstOffset })
  }

  fileprivate func hasMarker(of transaction: AbortedTransaction) -> Bool {
    batches.contains { batch in
      guard let header = BatchHeader(parsing: batch.head) else { return false }
      return header.attributes.contains(.control) && header.producer == transaction.producerID
        && header.baseOffset >= transaction.firstOffset.value
    }
  }
}
