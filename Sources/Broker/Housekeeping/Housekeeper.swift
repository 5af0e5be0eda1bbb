import Coordination
import KafkaConfig
import Synchronization

/// Has each chore done when it is due, all by one timer. Knows nothing of what they do.
///
/// A chore is due an interval after its last pass has ended, so that it never runs beside itself; the
/// interval is what the configuration says now, also when it is changed while the chore waits. Whatever
/// goes by age must not go by a clock that jumped: a chore then waits for its next time (`ClockWatch`,
/// one for each, because every look becomes the base of the next).
final class Housekeeper: Sendable {
  private struct Entry {
    let chore: any Chore
    var clock = ClockWatch()
    var lastEnd: Instant
    var isRunning = false

    /// Nobody sees the difference to a longer interval, and the sum stays in range.
    func due(_ config: BrokerConfig) -> Instant {
      lastEnd + min(chore.intervalMilliseconds(config), 1 << 50)
    }
  }

  private struct State {
    var isStopped = false
    var entries: [Entry] = []

    /// What is to be run, by its place, and what the clock is not trusted for.
    mutating func begin(
      at now: Instant, wall: Int64, _ config: BrokerConfig
    ) -> (begun: [(Int, any Chore)], distrusted: [any Chore]) {
      var begun: [(Int, any Chore)] = []
      var distrusted: [any Chore] = []
      for index in entries.indices where !isStopped {
        guard !entries[index].isRunning, entries[index].due(config) <= now else { continue }
        let chore = entries[index].chore
        if entries[index].clock.trusts(wall: wall, monotonic: now.milliseconds) {
          entries[index].isRunning = true
          begun.append((index, chore))
        } else {
          entries[index].lastEnd = now
          distrusted.append(chore)
        }
      }
      return (begun, distrusted)
    }
  }

  private let config: LiveConfig
  private let alarm: Alarm
  private let wallClock: @Sendable () -> Int64
  private let warn: @Sendable (String) -> Void
  private let state: Mutex<State>

  /// Every chore is due an interval from now.
  ///
  /// - Parameter wallClock: Epoch milliseconds.
  /// - Parameter warn: Takes a sentence about what was not done.
  init(
    _ chores: [any Chore], config: LiveConfig, timers: any Timers,
    wallClock: @escaping @Sendable () -> Int64, warn: @escaping @Sendable (String) -> Void
  ) {
    self.config = config
    self.wallClock = wallClock
    self.warn = warn
    let alarm = Alarm(timers)
    self.alarm = alarm
    let (now, wall) = (alarm.now, wallClock())
    state = Mutex(
      State(
        entries: chores.map { chore in
          var entry = Entry(chore: chore, lastEnd: now)
          _ = entry.clock.trusts(wall: wall, monotonic: now.milliseconds)
          return entry
        }))
    config.observe { [weak self] in self?.setAlarm() }
    setAlarm()
  }

  /// Nothing begins any more; what runs is not waited for.
  func stop() {
    state.withLock { $0.isStopped = true }
    alarm.stop()
  }

  /// Whether a chore is under way.
  var isAtWork: Bool { state.withLock { $0.entries.contains(where: \.isRunning) } }

  private func setAlarm() {
    let config = config.current
    let next = state.withLock { state in
      state.isStopped
        ? nil : state.entries.filter { !$0.isRunning }.map { $0.due(config) }.min()
    }
    alarm.set(for: next) { [weak self] in self?.look() }
  }

  /// Begins what is due. The alarm may have rung early, when an interval has become longer.
  private func look() {
    let config = config.current
    let (now, wall) = (alarm.now, wallClock())
    let (begun, distrusted) = state.withLock { $0.begin(at: now, wall: wall, config) }
    alarm.hush()
    setAlarm()
    for chore in distrusted { warn("The clock jumped; \(chore.name) waits for the next check") }
    for (index, chore) in begun {
      chore.run(at: wall, config) { [self] in finished(index) }
    }
  }

  private func finished(_ index: Int) {
    let now = alarm.now
    state.withLock { state in
      precondition(state.entries[index].isRunning, "a pass ends once")
      state.entries[index].isRunning = false
      state.entries[index].lastEnd = now
    }
    setAlarm()
  }
}
