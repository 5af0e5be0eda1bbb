import Testing

@testable import ClientCore

@Suite("Pauses between attempts") struct BackoffTests {
  @Test("each is twice the one before, up to the last, a fifth more or less")
  func doubling() {
    let backoff = Backoff(firstMilliseconds: 100, lastMilliseconds: 1_000)
    #expect(
      (1...6).map { backoff.milliseconds(after: $0, chance: 0.5) } == [
        100, 200, 400, 800, 1_000, 1_000,
      ])
    #expect(backoff.milliseconds(after: 1, chance: 0) == 80)
    #expect(backoff.milliseconds(after: 1, chance: 0.999) == 119)
    #expect(backoff.milliseconds(after: 0, chance: 0.5) == 100)
    #expect(backoff.milliseconds(after: .max, chance: 0.5) == 1_000)
  }

  @Test("settings at their limits make no number that cannot be")
  func limits() {
    let endless = Backoff(firstMilliseconds: .max, lastMilliseconds: .max)
    #expect(endless.milliseconds(after: 40, chance: 0.999) == 1 << 53)
    let none = Backoff(firstMilliseconds: -5, lastMilliseconds: -9)
    #expect(none.milliseconds(after: 3, chance: 0.5) == 0)
    // A last one below the first is raised to it.
    #expect(
      Backoff(firstMilliseconds: 50, lastMilliseconds: 10).milliseconds(after: 2, chance: 0.5) == 50
    )
  }
}
