package import ActaModel

/// What one look into memory has found of a request to read.
package enum MemoryRead: Sendable {
  /// All that was asked for.
  case whole([Result<ReadOutcome, StorageError>])
  /// The tables have some of it.
  case part(PartialRead)
}

/// Reads that memory answers in part. Their bounds, and what memory had of them, are of one moment, and
/// stay what they are when the cache has moved on: a batch that has left it is kept by this, or is
/// found in the tables.
package struct PartialRead: Sendable {
  package let reads: [PartitionRead]
  package let maxBytes: Int
  /// One for each read: its bounds, and what memory has of it.
  package let memory: [Result<ReadOutcome, StorageError>]
  /// The offset at which the tables go on, by the read's index, where there is more than memory has given.
  package let rests: [Int: Offset]

  package init(
    reads: [PartitionRead], maxBytes: Int, memory: [Result<ReadOutcome, StorageError>],
    rests: [Int: Offset]
  ) {
    precondition(memory.count == reads.count, "a read has one result")
    self.reads = reads
    self.maxBytes = maxBytes
    self.memory = memory
    self.rests = rests
  }
}
