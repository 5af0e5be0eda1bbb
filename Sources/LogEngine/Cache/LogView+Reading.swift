import ActaModel
import LogStorage
import Threads

/// What memory has of a read.
private struct Finding {
  let result: Result<ReadOutcome, StorageError>
  var rest = BatchCache.Found.Rest.none
  var next: Offset?
}

extension LogView.State {
  mutating func read(
    _ reads: [PartitionRead], maxBytes: Int
  ) -> (found: MemoryRead, ahead: [ReadAhead.Place]) {
    var ahead: [ReadAhead.Place] = []
    var budget = ReadBudget(maxBytes: maxBytes)
    var results: [Result<ReadOutcome, StorageError>] = []
    results.reserveCapacity(reads.count)
    var rests: [Int: Offset] = [:]
    for (index, read) in reads.enumerated() {
      let finding = find(read, allowance: budget.allowance(for: read))
      if let next = finding.next {
        ahead.append(ReadAhead.Place(partition: read.partition, offset: next))
      }
      switch finding.rest {
      case .none: break
      case .cold(let offset, _): rests[index] = offset
      case .cut(let offset):
        // Until something comes from the tables it is known what is left for the others. Behind it
        // this is the most that there can be, and may turn out to have been dealt out differently.
        if !rests.isEmpty, budget.remaining < read.maxBytes { rests[index] = offset }
      }
      if case .success(let outcome) = finding.result { budget.spend(outcome.batches) }
      results.append(finding.result)
    }
    if rests.isEmpty { return (.whole(results), ahead) }
    let part = PartialRead(reads: reads, maxBytes: maxBytes, memory: results, rests: rests)
    return (.part(part), ahead)
  }

  private mutating func find(_ read: PartitionRead, allowance: ReadAllowance) -> Finding {
    guard let entry = partitions[read.partition] else {
      return Finding(result: .failure(.unknownPartition(read.partition)))
    }
    let bounds = entry.bounds
    guard read.offset >= bounds.logStartOffset, read.offset <= bounds.logEndOffset else {
      return Finding(
        result: .failure(
          .offsetOutOfRange(
            requested: read.offset, logStartOffset: bounds.logStartOffset,
            highWatermark: bounds.highWatermark)))
    }
    let nothing = Result<ReadOutcome, StorageError>.success(
      ReadOutcome(bounds: bounds, batches: []))
    if read.offset >= bounds.end(for: read.isolation) { return Finding(result: nothing) }
    if allowance.isExhausted { return Finding(result: nothing, rest: .cut(read.offset)) }
    var allowance = allowance
    let found = cache.take(read, below: bounds.end(for: read.isolation), &allowance)
    return Finding(
      result: .success(
        ReadOutcome(
          bounds: bounds, batches: found.batches,
          aborted: found.aborted.sorted { $0.firstOffset < $1.firstOffset })),
      rest: found.rest, next: found.next)
  }
}
