import Testing

@testable import ActaClient

@Suite("Durations") struct ISODurationTests {
  @Test(
    "as Java reads them, with signs, in any case",
    arguments: [
      ("PT1H", 3_600_000), ("P1DT12H", 129_600_000), ("p1dt2h3m4.5s", 93_784_500),
      ("PT1,5S", 1_500), ("-PT1H", -3_600_000), ("PT-1H+2M", -3_480_000), ("-PT-1S", 1_000),
      ("PT-0.5S", -500), ("P0D", 0), ("PT5.S", 5_000), ("PT0.123456789S", 123),
    ] as [(String, Int64)])
  func read(_ text: String, _ milliseconds: Int64) {
    #expect(ISODuration.milliseconds(text) == milliseconds)
  }

  @Test(
    "and not otherwise",
    arguments: [
      "", "P", "PT", "P1DT", "xx", "P1Y", "P1W", "PT2M1H", "PT1.5H", "PT.5S", "P1H", "PT1D", "1D",
      "PT1S1S", "PT1HT1S", "P9999999999999D", "PT1S ", "PT0.1234567890S", "--PT1S",
    ])
  func refused(_ text: String) { #expect(ISODuration.milliseconds(text) == nil) }
}
