import Testing

@testable import Broker

@Suite("Sentences that clients give reason to say") struct RepetitionsTests {
  @Test("the same one is said once a minute, with how often it was not")
  func onceAMinute() {
    var repetitions = Repetitions()
    #expect(repetitions.admit("a", at: 1_000) == 0)
    #expect(repetitions.admit("a", at: 1_001) == nil)
    #expect(repetitions.admit("b", at: 1_002) == 0)
    #expect(repetitions.admit("a", at: 60_999) == nil)
    #expect(repetitions.admit("a", at: 61_000) == 2)
    #expect(repetitions.admit("a", at: 61_001) == nil)
    #expect(Repetitions.suffix(0) == "")
    #expect(Repetitions.suffix(2) == " (and 2 more times since this was last said)")
  }

  @Test("a client that says something new each time does not fill the log or memory")
  func many() {
    var repetitions = Repetitions()
    let said = (0..<5_000).compactMap { repetitions.admit("\($0)", at: 0) }
    #expect(said.count == 1_000)
    #expect(repetitions.admit("new", at: 59_999) == nil)
    #expect(repetitions.admit("0", at: 60_000) == 0)
    #expect(repetitions.admit("new", at: 60_000) == 0)
  }
}
