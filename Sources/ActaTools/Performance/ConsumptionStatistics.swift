/// How much was consumed and how fast, as `kafka-consumer-perf-test` counts it. Times come as arguments, in
/// milliseconds: this reads no clock.
struct ConsumptionStatistics: Sendable {
  private(set) var count: Int64 = 0
  private var bytes: Int64 = 0
  private let start: Int64
  private let intervalMilliseconds: Int64
  private let joining: JoinTime
  // As of the last line.
  private var lineStart: Int64
  private var lineCount: Int64 = 0
  private var lineBytes: Int64 = 0
  private var lineJoining: Int64 = 0

  init(intervalMilliseconds: Int64, joining: JoinTime, now: Int64) {
    self.intervalMilliseconds = intervalMilliseconds
    self.joining = joining
    start = now
    lineStart = now
  }

  /// - Parameter isDetailed: Whether there is a line every interval, in place of one at the end.
  static func header(isDetailed: Bool) -> String {
    let first = isDetailed ? "time, threadId" : "start.time, end.time"
    return "\(first), data.consumed.in.MB, MB.sec, data.consumed.in.nMsg, nMsg.sec, "
      + "rebalance.time.ms, fetch.time.ms, fetch.MB.sec, fetch.nMsg.sec\n"
  }

  /// - Parameter bytes: Of keys and values.
  mutating func note(_ count: Int, bytes: Int) {
    self.count += Int64(count)
    self.bytes += Int64(bytes)
  }

  /// The line of an interval that is over.
  mutating func lineIfDue(_ now: Int64, _ date: DateFormat, epoch: Int64) -> String? {
    guard now - lineStart >= intervalMilliseconds else { return nil }
    let joined = joining.milliseconds
    let (newCount, newBytes) = (count - lineCount, bytes - lineBytes)
    let line =
      "\(date.text(epoch)), 0, \(number(megabytes(bytes))), "
      + columns(newBytes, newCount, now - lineStart, shown: count) + ", "
      + fetching(newBytes, newCount, now - lineStart, joined: joined - lineJoining)
    lineStart = now
    lineCount = count
    lineBytes = bytes
    lineJoining = joined
    return line
  }

  /// The one line of the whole.
  func total(_ now: Int64, from start: String, to end: String) -> String {
    "\(start), \(end), \(number(megabytes(bytes))), "
      + columns(bytes, count, now - self.start, shown: count) + ", "
      + fetching(bytes, count, now - self.start, joined: joining.milliseconds)
  }

  private func columns(
    _ bytes: Int64, _ count: Int64, _ milliseconds: Int64, shown: Int64
  ) -> String {
    "\(rate(megabytes(bytes), milliseconds)), \(shown), \(rate(Double(count), milliseconds))"
  }

  private func fetching(
    _ bytes: Int64, _ count: Int64, _ milliseconds: Int64, joined: Int64
  ) -> String {
    let fetched = milliseconds - joined
    return "\(joined), \(fetched), \(rate(megabytes(bytes), fetched)), "
      + "\(rate(Double(count), fetched))\n"
  }

  private func megabytes(_ bytes: Int64) -> Double { Double(bytes) / 1_048_576 }

  private func rate(_ amount: Double, _ milliseconds: Int64) -> String {
    number(amount * 1_000 / Double(milliseconds))
  }

  private func number(_ value: Double) -> String { FixedPoint.text(value, decimals: 4) }
}
