import KafkaConfig
import Synchronization
import Testing

@testable import Broker

@Suite("Housekeeping") struct HousekeeperTests {
  private let timers = ManualExecutor()
  private let wallClock = ManualWallClock()
  private let warnings = Warnings()
  private let config: LiveConfig

  init() throws { config = LiveConfig(try Self.config(offsets: 700)) }

  /// Intervals for the two kinds of chore; the one for records is 500 ms.
  private static func config(records: Int = 500, offsets: Int) throws -> BrokerConfig {
    try BrokerConfig([
      "log.retention.check.interval.ms": "\(records)",
      "offsets.retention.check.interval.ms": "\(offsets)",
    ])
  }

  private final class Warnings: Sendable {
    private let state = Mutex<[String]>([])

    var texts: [String] { state.withLock(\.self) }

    func add(_ text: String) { state.withLock { $0.append(text) } }
  }

  /// Counts passes, which are over when the test says so.
  private final class CountedChore: Chore {
    let name: String
    let path: @Sendable (BrokerConfig) -> Int64
    private let state = Mutex<(passes: [Int64], done: (@Sendable () -> Void)?)>(([], nil))
    private let endsAtOnce: Bool

    init(
      _ name: String, endsAtOnce: Bool = true, _ path: @escaping @Sendable (BrokerConfig) -> Int64
    ) {
      self.name = name
      self.endsAtOnce = endsAtOnce
      self.path = path
    }

    static func records(endsAtOnce: Bool = true) -> CountedChore {
      CountedChore("records", endsAtOnce: endsAtOnce) { $0.retentionCheckIntervalMilliseconds }
    }

    static func offsets() -> CountedChore {
      CountedChore("offsets") { $0.groups.offsetsRetentionCheckIntervalMilliseconds }
    }

    /// The wall's time at each pass.
    var passes: [Int64] { state.withLock { $0.passes } }

    func intervalMilliseconds(_ config: BrokerConfig) -> Int64 { path(config) }

    func run(at now: Int64, _ config: BrokerConfig, done: @escaping @Sendable () -> Void) {
      state.withLock { state in
        state.passes.append(now - ManualWallClock.start)
        state.done = done
      }
      if endsAtOnce { end() }
    }

    func end() {
      let done = state.withLock { state in state.done.take() }
      done?()
    }
  }

  private func keeper(_ chores: CountedChore...) -> Housekeeper {
    Housekeeper(
      chores, config: config, timers: timers, wallClock: { [wallClock] in wallClock.now },
      warn: { [warnings] in warnings.add($0) })
  }

  /// Both clocks go on, as they do when nobody sets one.
  private func pass(milliseconds: Int64) {
    wallClock.advance(milliseconds: milliseconds)
    timers.advance(milliseconds: milliseconds)
  }

  @Test("each chore has its own interval, and all have one timer")
  func intervals() {
    let (records, offsets) = (CountedChore.records(), CountedChore.offsets())
    let keeper = keeper(records, offsets)
    for _ in 0..<21 {
      pass(milliseconds: 100)
      #expect(timers.timerCount == 1)
    }
    #expect(records.passes == [500, 1_000, 1_500, 2_000])
    #expect(offsets.passes == [700, 1_400, 2_100])
    keeper.stop()
  }

  @Test("the next pass comes an interval after the last one has ended, however long that took")
  func noPassBesideItself() {
    let records = CountedChore.records(endsAtOnce: false)
    let keeper = keeper(records)
    for _ in 0..<30 { pass(milliseconds: 100) }
    #expect(records.passes == [500])
    records.end()
    for _ in 0..<5 { pass(milliseconds: 100) }
    #expect(records.passes == [500, 3_500])
    keeper.stop()
  }

  @Test("an interval that is changed holds at once, shorter or longer")
  func changedInterval() throws {
    let offsets = CountedChore.offsets()
    let keeper = keeper(offsets)
    pass(milliseconds: 300)
    config.replace(with: try Self.config(offsets: 400))
    pass(milliseconds: 99)
    #expect(offsets.passes == [])
    pass(milliseconds: 1)
    #expect(offsets.passes == [400])
    config.replace(with: try Self.config(offsets: 1_000))
    for _ in 0..<9 { pass(milliseconds: 100) }
    #expect(offsets.passes == [400])
    pass(milliseconds: 100)
    #expect(offsets.passes == [400, 1_400])
    keeper.stop()
  }

  @Test("five minutes of drift are borne, forward and back, a millisecond more is not")
  func drift() {
    for sign: Int64 in [1, -1] {
      for (drift, isTrusted) in [(300_000, true), (300_001, false)] as [(Int64, Bool)] {
        let records = CountedChore.records()
        let keeper = keeper(records)
        wallClock.advance(milliseconds: sign * drift)
        pass(milliseconds: 500)
        #expect(records.passes.count == (isTrusted ? 1 : 0))
        keeper.stop()
      }
    }
    #expect(
      warnings.texts
        == Array(repeating: "The clock jumped; records waits for the next check", count: 2))
  }

  @Test("every chore waits for its next time when the clock has jumped, whichever looked first")
  func jumpForAll() {
    let (records, offsets) = (CountedChore.records(), CountedChore.offsets())
    let keeper = keeper(records, offsets)
    wallClock.advance(milliseconds: 1_000_000)
    for _ in 0..<10 { pass(milliseconds: 100) }
    #expect(records.passes == [1_001_000])
    #expect(offsets.passes == [])
    for _ in 0..<4 { pass(milliseconds: 100) }
    #expect(offsets.passes == [1_001_400])
    keeper.stop()
  }

  @Test("after the stop nothing begins, and no timer is left")
  func stop() {
    let records = CountedChore.records(endsAtOnce: false)
    let keeper = keeper(records)
    pass(milliseconds: 500)
    keeper.stop()
    records.end()
    #expect(timers.timerCount == 0)
    pass(milliseconds: 5_000)
    #expect(records.passes == [500])
  }
}
