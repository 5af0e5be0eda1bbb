import ActaModel
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
      return .success(ReadOutcome(bounds: found.bounds, batches: kept))
    }
    let read = PartitionRead(
      partition: reads[index].partition, offset: rest, maxBytes: reads[index].maxBytes)
    do throws(ReadFailure) {
      let more = try tables.orThrow().batches(
        read, below: found.bounds.highWatermark, allowance: allowance)
      return .success(
        ReadOutcome(bounds: found.bounds, batches: kept + more.map { BatchBytes($0) }))
    } catch {
      // Whoever reads on from what is good is told then.
      if !kept.isEmpty { return .success(ReadOutcome(bounds: found.bounds, batches: kept)) }
      return .failure(
        error.storageError(
          partition: read.partition, offset: rest, highWatermark: found.bounds.highWatermark))
    }
  }
}
