/// What a compacted topic asks of the cleaner; the names are Kafka's.
package struct CompactionPolicy: Sendable, Equatable {
  /// `segment.bytes`: what is never compacted, the newest part of a log, is at most so large.
  package var segmentBytes: Int64
  /// `segment.ms`, for a compacted topic no longer than `max.compaction.lag.ms`: that part is at most so old.
  package var segmentMilliseconds: Int64
  /// `min.compaction.lag.ms`: younger records stay as they are.
  package var minLagMilliseconds: Int64
  /// `max.compaction.lag.ms`: older ones are compacted whatever their share.
  package var maxLagMilliseconds: Int64
  /// `min.cleanable.dirty.ratio`: the share of bytes not yet compacted above which it is worth it.
  package var minDirtyRatio: Double
  /// `delete.retention.ms`: how long a tombstone stays once it has been compacted.
  package var deleteRetentionMilliseconds: Int64

  package init(
    segmentBytes: Int64, segmentMilliseconds: Int64, minLagMilliseconds: Int64 = 0,
    maxLagMilliseconds: Int64 = .max, minDirtyRatio: Double = 0.5,
    deleteRetentionMilliseconds: Int64 = 86_400_000
  ) {
    self.segmentBytes = segmentBytes
    self.segmentMilliseconds = min(segmentMilliseconds, maxLagMilliseconds)
    self.minLagMilliseconds = minLagMilliseconds
    self.maxLagMilliseconds = maxLagMilliseconds
    self.minDirtyRatio = minDirtyRatio
    self.deleteRetentionMilliseconds = deleteRetentionMilliseconds
  }
}
