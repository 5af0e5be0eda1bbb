import Testing

@testable import ActaTools

@Suite("Times on a command line") struct MomentTests {
  private static let now: Int64 = 1_767_225_600_000

  @Test(
    "dates, ages and milliseconds are understood",
    arguments: [
      ("2026-01-01", now), ("2026-01-01T00:00", now), ("2026-01-01T00:00:00.500Z", now + 500),
      ("2026-01-01T02:00:00+02:00", now), ("2025-12-31T19:00:00-05:00", now),
      ("1767225600000", now),
      ("90s", now - 90_000), ("15m", now - 900_000), ("1h", now - 3_600_000),
      ("7d", now - 604_800_000),
    ])
  func read(_ text: String, _ expected: Int64) {
    #expect(Moment.milliseconds(text, now: Self.now) == expected)
  }

  @Test(
    "anything else is not",
    arguments: [
      "", "h", "-5h", "tomorrow", "2026-13-01", "2026-1-1", "2026-01-01T25:00",
      "2026-01-01T00:00+2", "2026-02-31",
      "9223372036854775807w",
    ])
  func refused(_ text: String) {
    #expect(Moment.milliseconds(text, now: Self.now) == nil)
  }
}
