import Testing

@testable import ActaTools

@Suite("Times as Java reads them") struct JavaDateTimeTests {
  @Test(
    "a time without a zone is in UTC",
    arguments: [
      ("1970-01-01T00:00:00.000", 0), ("2026-01-01T00:00:00.000", 1_767_225_600_000),
      ("2024-02-29T23:59:59.999", 1_709_251_199_999), ("1969-12-31T23:59:59.999", -1),
      ("2000-03-01T00:00:00.000", 951_868_800_000), ("1900-03-01T00:00:00.000", -2_203_891_200_000),
    ] as [(String, Int64)])
  func plain(_ text: String, _ milliseconds: Int64) throws {
    #expect(try JavaDateTime.milliseconds(text) == milliseconds)
  }

  @Test(
    "a zone is Z, hours, or hours and minutes; four digits are hours and something that does not count",
    arguments: [
      ("2026-01-01T00:00:00.000Z", 0), ("2026-01-01T00:00:00.000+01:00", -60),
      ("2026-01-01T00:00:00.000-01:30", 90), ("2026-01-01T00:00:00.000+01", -60),
      ("2026-01-01T00:00:00.000+0130", -60), ("2026-01-01T00:00:00.000-23:59", 1439),
    ] as [(String, Int64)])
  func zones(_ text: String, _ minutes: Int64) throws {
    #expect(try JavaDateTime.milliseconds(text) == 1_767_225_600_000 + minutes * 60_000)
  }

  @Test("milliseconds are a number and no fraction, and no number needs all its digits")
  func digits() throws {
    #expect(try JavaDateTime.milliseconds("2026-1-1T0:0:0.5") == 1_767_225_600_005)
  }

  @Test(
    "what is no time is refused with what was read",
    arguments: [
      "2026-01-01T00:00:00", "2026-13-01T00:00:00.000", "2026-02-29T00:00:00.000",
      "2026-01-01T24:00:00.000", "2026-01-01T00:60:00.000", "2026-01-01T00:00:60.000",
      "2026-01-01T00:00:00.123456", "2026-01-01T00:00:00.000z", "-5T00:00:00.000",
      "99999999999999999999-01-01T00:00:00.000", "0-01-01T00:00:00.000", "T00:00:00.000",
    ])
  func refused(_ text: String) {
    #expect(throws: JavaDateTime.Failure.unreadable(text + "Z")) {
      try JavaDateTime.milliseconds(text)
    }
  }

  @Test("without a T there is no time", arguments: ["2026-01-01", "", "2026-01-01T", "T"])
  func noTime(_ text: String) {
    #expect(throws: JavaDateTime.Failure.noTime) { try JavaDateTime.milliseconds(text) }
  }

  @Test("every day of eight hundred years is one after the other")
  func days() throws {
    var expected = try JavaDateTime.milliseconds("1600-01-01T00:00:00.000")
    for year in 1600..<2400 {
      for month in 1...12 {
        for day in 1...31 {
          let text = "\(year)-\(month)-\(day)T00:00:00.000"
          guard let milliseconds = try? JavaDateTime.milliseconds(text) else { continue }
          #expect(milliseconds == expected, "\(text)")
          expected += 86_400_000
        }
      }
    }
    #expect(try JavaDateTime.milliseconds("2400-01-01T00:00:00.000") == expected)
  }
}
