/// How long records took, and how many there were, as `kafka-producer-perf-test` counts them. Times come as arguments:
/// this reads no clock.
struct LatencyStatistics: Sendable {
  /// So many latencies are kept, evenly spread.
  private static let sampleLimit: Int64 = 500_000

  /// Since the last line.
  private struct Window {
    var count: Int64 = 0
    var bytes: Int64 = 0
    var latencySum: Int64 = 0
    var latencyMax: Int64 = 0
    var start: Int64
  }

  private let isSteadyState: Bool
  private let start: Int64
  private let intervalMilliseconds: Int64
  private let sampling: Int64
  private var latencies: [Int32] = []
  private var count: Int64 = 0
  private var bytes: Int64 = 0
  private var latencySum: Int64 = 0
  private var latencyMax: Int64 = 0
  private var window: Window

  /// - Parameters:
  ///   - expected: How many records there will be.
  ///   - isSteadyState: Whether there was a warm-up before.
  ///   - now: Milliseconds.
  init(expected: Int64, isSteadyState: Bool, intervalMilliseconds: Int64, now: Int64) {
    self.isSteadyState = isSteadyState
    self.intervalMilliseconds = intervalMilliseconds
    start = now
    sampling = max(1, expected / min(max(1, expected), Self.sampleLimit))
    window = Window(start: now)
  }

  /// Counts a record that has been acknowledged.
  ///
  /// - Returns: A line, when it is time for one.
  mutating func note(latencyMilliseconds latency: Int64, bytes: Int64, now: Int64) -> String? {
    count += 1
    self.bytes += bytes
    latencySum += latency
    latencyMax = max(latencyMax, latency)
    window.count += 1
    window.bytes += bytes
    window.latencySum += latency
    window.latencyMax = max(window.latencyMax, latency)
    if count % sampling == 0 { latencies.append(Int32(clamping: latency)) }
    guard now - window.start >= intervalMilliseconds else { return nil }
    let isFirst = isSteadyState && count == window.count
    defer { window = Window(start: now) }
    return (isFirst ? "In steady state.\n" : "") + line(now)
  }

  private func line(_ now: Int64) -> String {
    let seconds = Double(now - window.start) / 1_000
    let latency = Double(window.latencySum) / Double(window.count)
    return "\(window.count) records sent, "
      + "\(FixedPoint.text(Double(window.count) / seconds, decimals: 1)) records/sec "
      + "(\(Self.megabytes(window.bytes, seconds)) MB/sec), "
      + "\(FixedPoint.text(latency, decimals: 1)) ms avg latency, "
      + "\(FixedPoint.text(Double(window.latencyMax), decimals: 1)) ms max latency.\n"
  }

  /// The last line.
  func total(now: Int64) -> String {
    let seconds = Double(now - start) / 1_000
    let latency = Double(latencySum) / Double(count)
    let sorted = latencies.sorted()
    let percentiles = [(0.5, "50th"), (0.95, "95th"), (0.99, "99th"), (0.999, "99.9th")].map {
      "\(sorted.isEmpty ? 0 : sorted[Int($0 * Double(sorted.count))]) ms \($1)"
    }
    return "\(count)\(isSteadyState ? " steady state" : "") records sent, "
      + "\(FixedPoint.text(Double(count) / seconds, decimals: 6)) records/sec "
      + "(\(Self.megabytes(bytes, seconds)) MB/sec), "
      + "\(FixedPoint.text(latency, decimals: 2)) ms avg latency, "
      + "\(FixedPoint.text(Double(latencyMax), decimals: 2)) ms max latency, "
      + percentiles.joined(separator: ", ") + ".\n"
  }

  private static func megabytes(_ bytes: Int64, _ seconds: Double) -> String {
    FixedPoint.text(Double(bytes) / 1_048_576 / seconds, decimals: 2)
  }
}
