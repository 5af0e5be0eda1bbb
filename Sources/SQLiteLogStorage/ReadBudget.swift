import LogStorage

/// How much of a read request may still be answered: the first batch of all comes whole however
/// large it is; after that each read gets at most the smaller of its own limit and what is left.
struct ReadBudget {
  private(set) var remaining: Int
  private var isUntouched = true

  init(maxBytes: Int) { remaining = maxBytes }

  func allowance(for read: PartitionRead) -> Allowance {
    Allowance(bytes: max(0, min(read.maxBytes, remaining)), admitsOversized: isUntouched)
  }

  mutating func spend(_ batches: [[UInt8]]) {
    for batch in batches {
      remaining -= batch.count
      isUntouched = false
    }
  }
}

/// What one read may take.
struct Allowance {
  private(set) var bytes: Int
  /// The next batch is taken even if it is larger than `bytes`.
  private(set) var admitsOversized: Bool

  /// Whether nothing can be taken any more, however small.
  var isExhausted: Bool { bytes <= 0 && !admitsOversized }

  /// Takes a batch of `size`, or says that it does not fit.
  mutating func take(_ size: Int) -> Bool {
    guard admitsOversized || size <= bytes else { return false }
    bytes = max(0, bytes - size)
    admitsOversized = false
    return true
  }
}
