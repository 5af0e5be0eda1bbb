import Testing

@testable import ActaTools

@Suite("acta tail") struct TailTests {
  @Test(
    "where to begin",
    arguments: [
      ("beginning", TailStart.beginning), ("end", .end), ("-5", .relative(5)), ("7", .offset(7)),
      ("s@1700000000000", .time(1_700_000_000_000)), ("0", .offset(0)),
    ])
  func starts(_ text: String, _ expected: TailStart) {
    #expect(TailStart(text) == expected)
    #expect(expected.text == text)
  }

  @Test("what is no place to begin", arguments: ["", "first", "s@", "s@-1", "--5", "1.5", "s@x"])
  func noStarts(_ text: String) { #expect(TailStart(text) == nil) }

  @Test("a place before the first record is the first one")
  func offsets() {
    #expect(TailStart.relative(5).offset(first: 90, end: 100, atTime: nil) == 95)
    #expect(TailStart.relative(50).offset(first: 90, end: 100, atTime: nil) == 90)
    #expect(TailStart.relative(.max).offset(first: 0, end: 100, atTime: nil) == 0)
    #expect(TailStart.time(1).offset(first: 90, end: 100, atTime: nil) == 100)
    #expect(TailStart.time(1).offset(first: 90, end: 100, atTime: 93) == 93)
    #expect(TailStart.offset(3).offset(first: 90, end: 100, atTime: nil) == 3)
  }

  @Test("a format with a letter that means nothing is refused", arguments: ["%z", "a%"])
  func refusals(_ format: String) {
    #expect(throws: ToolError.self) { try TailFormat(format, null: "") }
  }
}
