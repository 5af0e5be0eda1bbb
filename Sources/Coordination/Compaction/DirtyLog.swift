package import ActaModel

/// The part of a log that is not clean yet, as it was told of: what of it may be compacted, and whether
/// that is worth it.
///
/// There are no segments here, but what Kafka never compacts is the active one, and the lags of a topic are
/// judged by segments. So batches are put together as Kafka would put them: a segment ends where the next
/// batch would make it larger than `segment.bytes`, or comes later than `segment.ms` after its first; and,
/// which Kafka does not do, when that time has passed without any batch. Times of appends are the broker's.
package struct DirtyLog: Equatable, Sendable {
  private struct Segment: Equatable {
    let baseOffset: Offset
    var endOffset: Offset
    var sizeBytes: Int64
    /// The broker's clock.
    let begunAt: Int64
    /// Of the first batch's records; of its append where they have none.
    var firstTimestamp: Int64
    var maxTimestamp: Int64
  }

  package enum Verdict: Equatable, Sendable {
    /// Nothing to do before this moment (epoch milliseconds), unless more is appended.
    case wait(until: Int64)
    /// What lies below is due.
    case clean(below: Offset)
  }

  /// Beyond so many closed segments the oldest are taken for one: small ones say nothing that matters.
  private static let maxSegments = 1_000

  private var closed: [Segment] = []
  private var active: Segment?
  /// Batches from here on are not known yet.
  package private(set) var knownEnd: Offset

  /// - Parameter start: The first offset that is not clean.
  package init(from start: Offset) { knownEnd = start }

  // MARK: What there is

  /// The next batch. Those that straddle the start count as if all of them were dirty.
  package mutating func add(_ batch: BatchSummary, _ policy: CompactionPolicy) {
    precondition(batch.lastOffset >= knownEnd, "batches are told of in their order")
    knownEnd = batch.lastOffset + 1
    let timestamp = batch.maxTimestamp >= 0 ? batch.maxTimestamp : batch.appendedAt
    if let segment = active,
      segment.sizeBytes.addingSaturated(batch.sizeBytes) > policy.segmentBytes
        || Self.hasPassed(policy.segmentMilliseconds, since: segment.begunAt, at: batch.appendedAt)
    {
      close()
    }
    guard var segment = active else {
      active = Segment(
        baseOffset: batch.baseOffset, endOffset: knownEnd, sizeBytes: batch.sizeBytes,
        begunAt: batch.appendedAt, firstTimestamp: timestamp, maxTimestamp: timestamp)
      return
    }
    segment.endOffset = knownEnd
    segment.sizeBytes = segment.sizeBytes.addingSaturated(batch.sizeBytes)
    segment.maxTimestamp = max(segment.maxTimestamp, timestamp)
    active = segment
  }

  private mutating func close() {
    guard let segment = active.take() else { return }
    closed.append(segment)
    guard closed.count > Self.maxSegments else { return }
    let first = closed.removeFirst()
    closed[0] = Segment(
      baseOffset: first.baseOffset, endOffset: closed[0].endOffset,
      sizeBytes: first.sizeBytes.addingSaturated(closed[0].sizeBytes), begunAt: first.begunAt,
      firstTimestamp: min(first.firstTimestamp, closed[0].firstTimestamp),
      maxTimestamp: max(first.maxTimestamp, closed[0].maxTimestamp))
  }

  /// Everything below is clean now, or gone.
  package mutating func remove(below offset: Offset) {
    closed.removeAll { $0.endOffset <= offset }
    if let segment = active, segment.endOffset <= offset { active = nil }
    knownEnd = max(knownEnd, offset)
  }

  // MARK: What is due

  /// - Parameter totalBytes: Of the whole log.
  package mutating func judge(
    at now: Int64, totalBytes: Int64, _ policy: CompactionPolicy
  ) -> Verdict {
    if let segment = active,
      Self.hasPassed(policy.segmentMilliseconds, since: segment.begunAt, at: now)
    {
      close()
    }
    let cleanable = closed.prefix { isOldEnough($0, at: now, policy) }
    guard let last = cleanable.last else { return .wait(until: nextChange(after: now, policy)) }
    let isOverdue = cleanable.contains {
      Self.hasPassed(policy.maxLagMilliseconds, since: $0.firstTimestamp, at: now)
    }
    let isEnough = ratio(of: cleanable, in: totalBytes) > policy.minDirtyRatio
    return isOverdue || isEnough
      ? .clean(below: last.endOffset) : .wait(until: nextChange(after: now, policy))
  }

  /// Kafka's: of what is clean and what can be cleaned, the second's share.
  private func ratio(of cleanable: ArraySlice<Segment>, in totalBytes: Int64) -> Double {
    func bytes(_ segments: some Sequence<Segment>) -> Int64 {
      segments.reduce(0) { $0.addingSaturated($1.sizeBytes) }
    }
    let dirty = bytes(closed).addingSaturated(active?.sizeBytes ?? 0)
    let clean = max(0, totalBytes - dirty)
    let cleanableBytes = bytes(cleanable)
    return cleanableBytes > 0
      ? Double(cleanableBytes) / (Double(clean) + Double(cleanableBytes)) : 0
  }

  private func isOldEnough(_ segment: Segment, at now: Int64, _ policy: CompactionPolicy) -> Bool {
    policy.minLagMilliseconds <= 0
      || now.subtractingSaturated(policy.minLagMilliseconds) >= segment.maxTimestamp
  }

  /// When the clock alone can change the verdict.
  private func nextChange(after now: Int64, _ policy: CompactionPolicy) -> Int64 {
    var next = Int64.max
    if let active { next = active.begunAt.addingSaturated(policy.segmentMilliseconds) }
    for segment in closed {
      next = min(next, segment.firstTimestamp.addingSaturated(policy.maxLagMilliseconds))
      if !isOldEnough(segment, at: now, policy) {
        // Those behind it wait for it.
        next = min(next, segment.maxTimestamp.addingSaturated(policy.minLagMilliseconds))
        break
      }
    }
    return max(next.addingSaturated(1), now.addingSaturated(1))
  }

  private static func hasPassed(_ span: Int64, since start: Int64, at now: Int64) -> Bool {
    now.subtractingSaturated(start) > span
  }
}
