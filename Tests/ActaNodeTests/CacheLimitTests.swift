import Testing

@testable import ActaNode

/// How the cache follows what memory there is; samples and time are made up.
@Suite("The limit of the cache") struct CacheLimitTests {
  private static let gibibyte = 1 << 30

  /// A machine of 8 GiB, and a second of its life after the other.
  private struct Machine {
    var sample = MemorySample(
      total: 8 * gibibyte, available: 4 * gibibyte, stalledMicroseconds: 0, heldBack: 0)
    var limit = CacheLimit(bytes: 2 * gibibyte)
    var used = gibibyte
    var time: Int64 = 0

    mutating func second(stalled: Int = 0) {
      time += 1_000
      sample.stalledMicroseconds = sample.stalledMicroseconds.map { $0 + stalled }
      limit.note(sample, wished: 2 * gibibyte, used: used, at: time)
      used = min(used, limit.bytes)
    }
  }

  @Test("is what is wished while there is enough")
  func enough() {
    var machine = Machine()
    for _ in 0..<10 { machine.second(stalled: 10_000) }
    #expect(machine.limit.bytes == 2 * Self.gibibyte)
  }

  @Test("falls by a quarter of what is used, second after second, while tasks wait for memory")
  func stalled() {
    var machine = Machine()
    machine.second()
    machine.second(stalled: 30_000)
    #expect(machine.limit.bytes == Self.gibibyte / 4 * 3)
    machine.second(stalled: 30_000)
    #expect(machine.limit.bytes == Self.gibibyte / 16 * 9)
    for _ in 0..<100 { machine.second(stalled: 30_000) }
    #expect(machine.limit.bytes == 4 << 20, "the least that is of use")
  }

  @Test("comes back by and by when that has been over for ten seconds")
  func recovers() {
    var machine = Machine()
    machine.second()
    machine.second(stalled: 30_000)
    let low = machine.limit.bytes
    for _ in 0..<9 { machine.second() }
    #expect(machine.limit.bytes == low)
    machine.second()
    #expect(machine.limit.bytes == low + 2 * Self.gibibyte / 16)
    for _ in 0..<20 { machine.second() }
    #expect(machine.limit.bytes == 2 * Self.gibibyte)
  }

  @Test("falls when the control group was held back, and when hardly any memory is left")
  func otherSigns() {
    var held = Machine()
    held.second()
    held.sample.heldBack = 3
    held.second()
    #expect(held.limit.bytes == Self.gibibyte / 4 * 3)
    held.second()
    #expect(held.limit.bytes == Self.gibibyte / 4 * 3, "it was not again")
    var full = Machine()
    full.sample.available = 100 << 20
    full.second()
    #expect(full.limit.bytes == Self.gibibyte / 4 * 3)
  }

  @Test("follows what is wished at once, also down")
  func wished() {
    var machine = Machine()
    machine.limit.note(machine.sample, wished: 1_000, used: 0, at: 1)
    #expect(machine.limit.bytes == 1_000)
    machine.limit.note(machine.sample, wished: 5_000, used: 0, at: 2)
    #expect(machine.limit.bytes == 5_000)
  }

  @Test("goes by what is left where nobody counts how long tasks wait")
  func unknownStalls() {
    var machine = Machine()
    machine.sample.stalledMicroseconds = nil
    for _ in 0..<3 { machine.second() }
    #expect(machine.limit.bytes == 2 * Self.gibibyte)
  }
}
