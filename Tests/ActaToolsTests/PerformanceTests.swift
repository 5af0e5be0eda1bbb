import ActaCLI
import Testing

@testable import ActaTools

@Suite("Performance tests") struct PerformanceTests {
  @Test("latencies of an interval and of all, with percentiles")
  func latencies() {
    var statistics = LatencyStatistics(
      expected: 1_000, isSteadyState: false, intervalMilliseconds: 500, now: 1_000)
    var lines: [String] = []
    for number: Int64 in 1...1_000 {
      let line = statistics.note(
        latencyMilliseconds: number, bytes: 1_048, now: 1_000 + number)
      if let line { lines.append(line) }
    }
    #expect(
      lines == [
        "500 records sent, 1000.0 records/sec (1.00 MB/sec), 250.5 ms avg latency, "
          + "500.0 ms max latency.\n",
        "500 records sent, 1000.0 records/sec (1.00 MB/sec), 750.5 ms avg latency, "
          + "1000.0 ms max latency.\n",
      ])
    #expect(
      statistics.total(now: 3_000)
        == "1000 records sent, 500.000000 records/sec (0.50 MB/sec), 500.50 ms avg latency, "
        + "1000.00 ms max latency, 501 ms 50th, 951 ms 95th, 991 ms 99th, 1000 ms 99.9th.\n")
  }

  @Test("behind a warm-up the first line says that the state is steady")
  func steadyState() {
    var statistics = LatencyStatistics(
      expected: 3, isSteadyState: true, intervalMilliseconds: 10, now: 0)
    #expect(statistics.note(latencyMilliseconds: 1, bytes: 1, now: 5) == nil)
    #expect(
      statistics.note(latencyMilliseconds: 1, bytes: 1, now: 10)?.hasPrefix("In steady state.\n2 ")
        == true)
    #expect(
      statistics.note(latencyMilliseconds: 1, bytes: 1, now: 20)?.hasPrefix("1 records") == true)
    #expect(statistics.total(now: 30).hasPrefix("3 steady state records sent, 100.000000 "))
  }

  @Test("of many latencies half a million are kept")
  func sampling() {
    var statistics = LatencyStatistics(
      expected: 2_000_000, isSteadyState: false, intervalMilliseconds: .max, now: 0)
    for number: Int64 in 1...2_000_000 {
      _ = statistics.note(latencyMilliseconds: number / 1_000, bytes: 1, now: 0)
    }
    #expect(statistics.total(now: 1).contains("1000 ms 50th, 1900 ms 95th, 1980 ms 99th"))
  }

  @Test("a pace is kept, and short waits are saved up")
  func pace() {
    let pace = Pace(perSecond: 1_000, now: 0)
    #expect(pace.wait(after: 1, now: 0) == 0)
    #expect(pace.wait(after: 10, now: 0) == 10_000)
    #expect(pace.wait(after: 10, now: 9_000) == 0)
    #expect(pace.wait(after: 10, now: 50_000) == 0)
    #expect(Pace(perSecond: -1, now: 0).wait(after: 1_000_000, now: 0) == 0)
    #expect(Pace(perSecond: 0, now: 0).wait(after: 1, now: 0) == 3_600_000_000)
  }

  @Test("consumption of all, and of an interval")
  func consumption() throws {
    let date = try DateFormat("s")
    var statistics = ConsumptionStatistics(
      intervalMilliseconds: 1_000, joining: JoinTime(), now: 0)
    statistics.note(500, bytes: 1 << 20)
    #expect(statistics.lineIfDue(999, date, epoch: 0) == nil)
    #expect(
      statistics.lineIfDue(1_000, date, epoch: 5_000)
        == "5, 0, 1.0000, 1.0000, 500, 500.0000, 0, 1000, 1.0000, 500.0000\n")
    statistics.note(1_500, bytes: 1 << 20)
    #expect(
      statistics.lineIfDue(3_000, date, epoch: 7_000)
        == "7, 0, 2.0000, 0.5000, 2000, 750.0000, 0, 2000, 0.5000, 750.0000\n")
    #expect(
      statistics.total(4_000, from: "a", to: "b")
        == "a, b, 2.0000, 0.5000, 2000, 500.0000, 0, 4000, 0.5000, 500.0000\n")
  }

  @Test("times by Java's letters")
  func dates() throws {
    let time = LogTime(milliseconds: 1_767_225_845_007)
    #expect(try DateFormat("yyyy-MM-dd HH:mm:ss:SSS").text(time) == "2026-01-01 00:04:05:007")
    #expect(try DateFormat("yy/M/d 'at' H''").text(time) == "26/1/1 at 0'")
    #expect(throws: ToolError.self) { try DateFormat("Q") }
  }
}
