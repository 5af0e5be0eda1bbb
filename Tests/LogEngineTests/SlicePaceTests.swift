import Testing

@testable import LogEngine

@Suite("The pace of slow work") struct SlicePaceTests {
  /// Turns that take `turn` each, apart from a slice that takes what its weight says.
  private func settled(turn: Int64, nanosecondsPerByte: Int64, rounds: Int = 200) -> SlicePace {
    var pace = SlicePace()
    for _ in 0..<rounds {
      pace.noteTurn(microseconds: turn)
      let weight = pace.budget
      pace.noteSlice(weight: weight, microseconds: weight * nanosecondsPerByte / 1_000)
    }
    return pace
  }

  @Test("a slice takes no longer than the turns that it shares", arguments: [1, 2, 5, 20])
  func twice(nanosecondsPerByte: Int64) {
    for turn: Int64 in [400, 1_000, 3_000] {
      let pace = settled(turn: turn, nanosecondsPerByte: nanosecondsPerByte)
      #expect(pace.allowance <= turn)
      let slice = pace.budget * nanosecondsPerByte / 1_000
      #expect(slice <= turn * 5 / 4 || pace.budget == 64 << 10, "\(turn) µs")
      // And it is used: slow work gets on.
      #expect(slice >= turn / 2 || pace.budget == 2 << 20, "\(turn) µs")
    }
  }

  @Test("where nothing is written a slice has part of a millisecond, where much is eight at most")
  func limits() {
    #expect(SlicePace().allowance == 400)
    #expect(settled(turn: 50_000, nanosecondsPerByte: 1).allowance == 8_000)
  }

  @Test("the budget stays within its bounds, whatever is measured")
  func bounds() {
    var pace = SlicePace()
    for _ in 0..<100 { pace.noteSlice(weight: pace.budget, microseconds: 0) }
    #expect(pace.budget == 2 << 20)
    pace.noteSlice(weight: .max / 1_000_000, microseconds: 1_000_000)
    #expect(pace.budget == 512 << 10)
    for _ in 0..<100 { pace.noteSlice(weight: 1, microseconds: 1_000_000) }
    #expect(pace.budget == 64 << 10)
  }

  @Test("slices that are small because little was left say nothing")
  func small() {
    var pace = SlicePace()
    let budget = pace.budget
    for _ in 0..<100 { pace.noteSlice(weight: 1, microseconds: 10) }
    #expect(pace.budget == budget)
  }

  @Test("where much is written, a slice takes more than two turns write")
  func keepsUp() {
    var pace = SlicePace()
    pace.noteAppend(weight: 4 << 20)
    pace.noteTurn(microseconds: 10_000)
    pace.noteAppend(weight: 4 << 20)
    #expect(pace.budget == 10 << 20)
    pace.noteTurn(microseconds: 10_000)
    pace.noteTurn(microseconds: 10)
    #expect(pace.budget <= 2 << 20)
    pace.noteAppend(weight: 1 << 40)
    #expect(pace.budget == 32 << 20)
  }
}
