/// Where a partition's log begins and ends.
package struct LogBounds: Sendable, Equatable {
  /// The first offset that may be read.
  package var logStartOffset: Offset
  /// Consumers read below this; everything below it survives a loss of power.
  package var highWatermark: Offset
  /// The next offset to be written.
  package var logEndOffset: Offset
  /// Below it every transaction is over. At most the high watermark, with which it moves, and never back; equal
  /// to it where no transaction is open.
  package var lastStableOffset: Offset

  /// - Parameter lastStableOffset: The high watermark if it is not given: no transaction is open.
  package init(
    logStartOffset: Offset, highWatermark: Offset, logEndOffset: Offset,
    lastStableOffset: Offset? = nil
  ) {
    self.logStartOffset = logStartOffset
    self.highWatermark = highWatermark
    self.logEndOffset = logEndOffset
    self.lastStableOffset = lastStableOffset ?? highWatermark
  }

  /// Where the log ends for who reads it so.
  package func end(for isolation: IsolationLevel) -> Offset {
    switch isolation {
    case .readUncommitted: highWatermark
    case .readCommitted: lastStableOffset
    }
  }
}
