import Coordination
import Synchronization
import Testing

@testable import Broker

@Suite("Alarm") struct AlarmTests {
  private let timers = ManualExecutor()
  private let rings = Rings()

  private final class Rings: Sendable {
    private let times = Mutex(0)
    var count: Int { times.withLock { $0 } }
    func ring() { times.withLock { $0 += 1 } }
  }

  private func set(_ alarm: Alarm, for milliseconds: Int64?) {
    alarm.set(for: milliseconds.map { Instant(milliseconds: $0) }) { [rings] in rings.ring() }
  }

  @Test("rings once, when it is due")
  func due() {
    let alarm = Alarm(timers)
    set(alarm, for: 100)
    timers.advance(milliseconds: 99)
    #expect(rings.count == 0)
    timers.advance(milliseconds: 1)
    #expect(rings.count == 1)
    timers.advance(milliseconds: 1_000)
    #expect(rings.count == 1)
  }

  @Test("an earlier moment takes the place of a later one, and not the other way round")
  func earlier() {
    let alarm = Alarm(timers)
    set(alarm, for: 100)
    set(alarm, for: 50)
    set(alarm, for: 70)
    set(alarm, for: nil)
    #expect(timers.timerCount == 1)
    timers.advance(milliseconds: 50)
    #expect(rings.count == 1)
    #expect(timers.timerCount == 0)
  }

  @Test("while it rings it is not set: whoever hears it hushes it first")
  func ringing() {
    let alarm = Alarm(timers)
    set(alarm, for: 10)
    timers.advance(milliseconds: 10)
    set(alarm, for: 20)
    #expect(timers.timerCount == 0)
    alarm.hush()
    set(alarm, for: 20)
    timers.advance(milliseconds: 10)
    #expect(rings.count == 2)
  }

  @Test("a moment that has passed rings as soon as it can")
  func passed() {
    timers.advance(milliseconds: 500)
    let alarm = Alarm(timers)
    set(alarm, for: 100)
    timers.advance(milliseconds: 0)
    #expect(rings.count == 1)
  }

  @Test("a timer that runs out before it is noted rings all the same")
  func hasty() {
    let alarm = Alarm(HastyExecutor())
    set(alarm, for: 100)
    #expect(rings.count == 1)
    alarm.hush()
    set(alarm, for: 100)
    #expect(rings.count == 2)
  }

  @Test("once stopped it is silent")
  func stopped() {
    let alarm = Alarm(timers)
    set(alarm, for: 100)
    alarm.stop()
    #expect(timers.timerCount == 0)
    set(alarm, for: 50)
    timers.advance(milliseconds: 1_000)
    #expect(rings.count == 0)
  }
}
