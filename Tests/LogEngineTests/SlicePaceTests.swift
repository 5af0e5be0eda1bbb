import Testing

@testable import LogEngine

@Suite("The pace of slow work") struct SlicePaceTests {
  @Test("a slice takes no longer than eight milliseconds", arguments: [1, 5, 20, 100])
  func most(nanosecondsPerByte: Int64) {
    var pace = SlicePace()
    for time in 0..<200 {
      let weight = pace.budget
      pace.noteSlice(
        weight: weight, microseconds: weight * nanosecondsPerByte / 1_000, at: Int64(time))
    }
    let slice = pace.budget * nanosecondsPerByte / 1_000
    #expect(slice <= 8_000 * 5 / 4 || pace.budget == 64 << 10)
    // And it is used: slow work gets on.
    #expect(slice >= 4_000 || pace.budget == 2 << 20)
  }

  @Test("the budget stays within its bounds, whatever is measured")
  func bounds() {
    var pace = SlicePace()
    for _ in 0..<100 { pace.noteSlice(weight: pace.budget, microseconds: 0, at: 0) }
    #expect(pace.budget == 2 << 20)
    pace.noteSlice(weight: .max / 1_000_000, microseconds: 1_000_000, at: 0)
    #expect(pace.budget == 512 << 10)
    for _ in 0..<100 { pace.noteSlice(weight: 1, microseconds: 1_000_000, at: 0) }
    #expect(pace.budget == 64 << 10)
  }

  @Test("slices that are small because little was left say nothing")
  func small() {
    var pace = SlicePace()
    let budget = pace.budget
    for _ in 0..<100 { pace.noteSlice(weight: 1, microseconds: 10, at: 0) }
    #expect(pace.budget == budget)
  }

  @Test("where much is written, a slice takes more than two turns write")
  func keepsUp() {
    var pace = SlicePace()
    pace.noteAppend(weight: 4 << 20)
    pace.noteTurn()
    pace.noteAppend(weight: 4 << 20)
    #expect(pace.budget == 10 << 20)
    pace.noteTurn()
    pace.noteTurn()
    #expect(pace.budget <= 2 << 20)
    pace.noteAppend(weight: 1 << 40)
    #expect(pace.budget == 32 << 20)
  }

  @Test("beside who writes little a slice comes now and then, beside who writes much often")
  func due() {
    var pace = SlicePace()
    #expect(pace.isDue(at: 0, interval: 100))
    pace.noteSlice(weight: 1, microseconds: 8_000, at: 1_000)
    pace.noteAppend(weight: 1_000)
    #expect(!pace.isDue(at: 1_099, interval: 100))
    #expect(pace.isDue(at: 1_100, interval: 100))
    // It would take away more than has come.
    pace.noteAppend(weight: pace.budget)
    #expect(pace.isDue(at: 1_001, interval: 100))
    pace.noteSlice(weight: 1, microseconds: 100_000, at: 1_001)
    #expect(!pace.isDue(at: 1_100, interval: 100))
    #expect(pace.isDue(at: 1_101, interval: 100))
    pace.noteSlice(weight: 4 << 20, microseconds: 1, at: 1_500)
    #expect(!pace.isDue(at: 1_599, interval: 100))
    // A short one is followed by another sooner.
    pace.noteSlice(weight: 1, microseconds: 800, at: 2_000)
    #expect(!pace.isDue(at: 2_009, interval: 100))
    #expect(pace.isDue(at: 2_010, interval: 100))
  }
}
