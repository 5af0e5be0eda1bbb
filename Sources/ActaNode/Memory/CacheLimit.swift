/// How much memory the cache of batches may take, as the system has more or less of it. A value: samples and the
/// time go in.
///
/// Memory is *short* when tasks have waited for it for a fiftieth of the time since the last sample, when the
/// control group was held to its `memory.high`, or when hardly any is left. Then the cache gives a quarter of what
/// it has, sample after sample. Once that has been over for a while it gets back a sixteenth of what is wished a
/// sample.
struct CacheLimit: Sendable {
  private static let calmMilliseconds: Int64 = 10_000
  /// Less would help nobody.
  private static let least = 4 << 20
  private static let largestReserve = 256 << 20

  private(set) var bytes: Int
  private var last: (sample: MemorySample, time: Int64)?
  private var shortAt: Int64?

  init(bytes: Int) { self.bytes = bytes }

  /// - Parameter wished: What the configuration says, in bytes.
  /// - Parameter used: What the cache takes now.
  /// - Parameter time: Milliseconds that never jump.
  mutating func note(_ sample: MemorySample, wished: Int, used: Int, at time: Int64) {
    defer { last = (sample, time) }
    if isShort(sample, at: time) {
      shortAt = time
      bytes = max(min(wished, Self.least), min(bytes, used, wished) / 4 * 3)
    } else if shortAt.map({ time - $0 >= Self.calmMilliseconds }) ?? true {
      bytes = min(wished, shortAt == nil ? wished : bytes + max(wished / 16, 1))
      if bytes == wished { shortAt = nil }
    } else {
      bytes = min(bytes, wished)
    }
  }

  private func isShort(_ sample: MemorySample, at time: Int64) -> Bool {
    if sample.available < min(sample.total / 16, Self.largestReserve) { return true }
    guard let last else { return false }
    if sample.heldBack > last.sample.heldBack { return true }
    guard let stalled = sample.stalledMicroseconds, let before = last.sample.stalledMicroseconds
    else { return false }
    // A fiftieth: 20 of 1,000 microseconds.
    return stalled - before > max(1, time - last.time) * 20
  }
}
