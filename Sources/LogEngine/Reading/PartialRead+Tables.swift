import ActaModel
import BatchCodec
import LogStorage

extension PartialRead {
  /// Answers the reads in their order: what memory had of each, and the rest from the tables, as far as
  /// the budget goes.
  func completed(
    from tables: Result<any StoreReader, StoreError>
  ) -> [Result<ReadOutcome, StorageError>] {
    var budget = ReadBudget(maxBytes: maxBytes)
    return reads.indices.map { index in
      let result = memory[index].flatMap { found in
        completed(found, index, budget.allowance(for: reads[index]), tables)
      }
      if case .success(let outcome) = result { budget.spend(outcome.batches) }
      return result
    }
  }

  private func completed(
    _ found: ReadOutcome, _ index: Int, _ allowance: ReadAllowance,
    _ tables: Result<any StoreReader, StoreError>
  ) -> Result<ReadOutcome, StorageError> {
    var allowance = allowance
    let kept = Array(found.batches.prefix { allowance.take($0.count) })
    guard let rest = rests[index], kept.count == found.batches.count, !allowance.isExhausted else {
      return .success(found.keeping(kept))
    }
    let isolation = reads[index].isolation
    let read = PartitionRead(
      partition: reads[index].partition, offset: rest, maxBytes: reads[index].maxBytes,
      isolation: isolation)
    do throws(ReadFailure) {
      let more = try tables.orThrow().batches(
        read, below: found.bounds.end(for: isolation), allowance: allowance)
      return .success(found.keeping(kept).continued(by: more))
    } catch {
      // Whoever reads on from what is good is told then.
      if !kept.isEmpty { return .success(found.keeping(kept)) }
      return .failure(
        error.storageError(
          partition: read.partition, offset: rest, highWatermark: found.bounds.highWatermark))
    }
  }
}

extension ReadOutcome {
  /// The first of its batches. Of aborted transactions it may name some that begin behind them, which harms
  /// nobody.
  fileprivate func keeping(_ kept: [BatchBytes]) -> ReadOutcome {
    ReadOutcome(bounds: bounds, batches: kept, aborted: aborted)
  }

  /// With what follows in the tables; without it if a marker that it should have has gone meanwhile: who reads
  /// would go on leaving out what its producer has written later.
  fileprivate func continued(by more: TableRead) -> ReadOutcome {
    let listed = Set(more.aborted.transactions)
    guard aborted.allSatisfy({ listed.contains($0) || hasMarker(of: $0) }) else { return self }
    let known = Set(aborted)
    let added = more.aborted.transactions.filter { !known.contains($0) }
    return ReadOutcome(
      bounds: bounds, batches: batches + more.batches.map { BatchBytes($0) },
      aborted: added.isEmpty
        ? aborted : (aborted + added).sorted { $0.firstOffset < $1.firstOffset })
  }

  private func hasMarker(of transaction: AbortedTransaction) -> Bool {
    batches.contains { batch in
      guard let header = BatchHeader(parsing: batch.head) else { return false }
      return header.attributes.contains(.control) && header.producer == transaction.producerID
        && header.baseOffset >= transaction.firstOffset.value
    }
  }
}
