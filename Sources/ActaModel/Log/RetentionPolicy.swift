/// What retention keeps: batches younger than a moment, and the newest bytes up to a size.
package struct RetentionPolicy: Sendable, Equatable {
  /// Batches whose max timestamp is below this go (epoch milliseconds); `nil` keeps them.
  package let deleteBeforeTimestamp: Int64?
  /// Oldest batches go while the partition is larger than this; `nil` keeps them.
  package let maxBytes: Int64?

  package init(deleteBeforeTimestamp: Int64?, maxBytes: Int64?) {
    self.deleteBeforeTimestamp = deleteBeforeTimestamp
    self.maxBytes = maxBytes
  }
}
