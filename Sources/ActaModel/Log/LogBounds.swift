/// Where a partition's log begins and ends.
package struct LogBounds: Sendable, Equatable {
  /// The first offset that may be read.
  package var logStartOffset: Int64
  /// Consumers read below this; everything below it survives a loss of power.
  package var highWatermark: Int64
  /// The next offset to be written.
  package var logEndOffset: Int64

  package init(logStartOffset: Int64, highWatermark: Int64, logEndOffset: Int64) {
    self.logStartOffset = logStartOffset
    self.highWatermark = highWatermark
    self.logEndOffset = logEndOffset
  }
}
