/// Where a partition's log begins and ends.
package struct LogBounds: Sendable, Equatable {
  /// The first offset that may be read.
  package var logStartOffset: Offset
  /// Consumers read below this; everything below it survives a loss of power.
  package var highWatermark: Offset
  /// The next offset to be written.
  package var logEndOffset: Offset

  package init(logStartOffset: Offset, highWatermark: Offset, logEndOffset: Offset) {
    self.logStartOffset = logStartOffset
    self.highWatermark = highWatermark
    self.logEndOffset = logEndOffset
  }
}
