import LogStorage

/// How much of a read request may still be answered: the first batch of all comes whole however
/// large it is; after that each read gets at most the smaller of its own limit and what is left.
struct ReadBudget {
  private(set) var remaining: Int
  private var isUntouched = true

  init(maxBytes: Int) { remaining = maxBytes }

  func allowance(for read: PartitionRead) -> ReadAllowance {
    ReadAllowance(bytes: max(0, min(read.maxBytes, remaining)), admitsOversized: isUntouched)
  }

  mutating func spend(_ batches: [BatchBytes]) {
    for batch in batches {
      remaining -= batch.count
      isUntouched = false
    }
  }
}
