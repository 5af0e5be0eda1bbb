import ActaModel

/// What one fetch has brought of a partition: whole batches, perhaps with part of another behind them.
package struct FetchedChunk: Sendable {
  package let partition: TopicPartition
  /// Of the partition's position: a chunk of an earlier one is not wanted any more.
  package let generation: UInt64
  /// The first offset that is wanted.
  package let fetchOffset: Int64
  package let bytes: ArraySlice<UInt8>
  /// Transactions that were aborted, by first offset; empty unless the fetch was read_committed.
  package let aborted: [AbortedTransactionRange]
  package let highWatermark: Int64
  package let lastStableOffset: Int64
  package let logStartOffset: Int64
}

/// Where the records of an aborted transaction begin; they end with its marker.
package struct AbortedTransactionRange: Equatable, Sendable {
  package let producerID: Int64
  package let firstOffset: Int64
}
