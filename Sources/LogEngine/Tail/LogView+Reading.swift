import ActaModel
import LogStorage
import Threads

/// What memory has of a read.
private struct Finding {
  enum Rest {
    case none
    /// Memory has nothing so old.
    case cold(Offset)
    /// There was no room for more.
    case cut(Offset)
  }

  let result: Result<ReadOutcome, StorageError>
  var rest = Rest.none
}

extension LogView.State {
  func read(_ reads: [PartitionRead], maxBytes: Int) -> MemoryRead {
    var budget = ReadBudget(maxBytes: maxBytes)
    var results: [Result<ReadOutcome, StorageError>] = []
    results.reserveCapacity(reads.count)
    var rests: [Int: Offset] = [:]
    for (index, read) in reads.enumerated() {
      let finding = find(read, allowance: budget.allowance(for: read))
      switch finding.rest {
      case .none: break
      case .cold(let offset): rests[index] = offset
      case .cut(let offset):
        // Until something comes from the tables it is known what is left for the others. Behind it
        // this is the most that there can be, and may turn out to have been dealt out differently.
        if !rests.isEmpty, budget.remaining < read.maxBytes { rests[index] = offset }
      }
      if case .success(let outcome) = finding.result { budget.spend(outcome.batches) }
      results.append(finding.result)
    }
    if rests.isEmpty { return .whole(results) }
    return .part(PartialRead(reads: reads, maxBytes: maxBytes, memory: results, rests: rests))
  }

  private func find(_ read: PartitionRead, allowance: ReadAllowance) -> Finding {
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
    guard let first = entry.tail.index(containing: read.offset) else {
      return Finding(result: nothing, rest: .cold(read.offset))
    }
    return take(entry, from: first, for: read, allowance)
  }

  private func take(
    _ entry: LogView.Entry, from first: Int, for read: PartitionRead, _ allowance: ReadAllowance
  ) -> Finding {
    var allowance = allowance
    var batches: [BatchBytes] = []
    var end = read.offset
    let limit = entry.bounds.end(for: read.isolation)
    var rest = Finding.Rest.none
    for index in first..<entry.tail.batches.count {
      let batch = entry.tail.batches[index]
      guard batch.lastOffset < limit else { break }
      guard allowance.take(batch.bytes.count) else {
        // The first batch may begin below the log's start, where the tables refuse to read.
        rest = .cut(max(read.offset, batch.baseOffset))
        break
      }
      batches.append(batch.bytes)
      end = batch.lastOffset + 1
    }
    let isTold = read.isolation == .readCommitted && !batches.isEmpty
    let aborted = isTold ? entry.tail.aborted(from: read.offset, below: end).transactions : []
    return Finding(
      result: .success(ReadOutcome(bounds: entry.bounds, batches: batches, aborted: aborted)),
      rest: rest)
  }
}
