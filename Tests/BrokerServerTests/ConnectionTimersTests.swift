import Testing

@testable import BrokerServer

@Suite("Timers") struct ConnectionTimersTests {
  private var configuration: ServerConfiguration {
    var configuration = ServerConfiguration(listeners: [])
    configuration.maxPartialFrameMilliseconds = 300
    configuration.maxStallMilliseconds = 600
    configuration.maxStallWhenMemoryIsShortMilliseconds = 200
    configuration.maxStallWhenMemoryIsExhaustedMilliseconds = 100
    return configuration
  }

  @Test("an idle connection ends at its time, and a request in flight is not idle")
  func idle() {
    var timers = ConnectionTimers(configuration, now: 0)
    #expect(look(&timers, at: 999) == nil)
    #expect(look(&timers, at: 999, isIdle: false) == nil)
    #expect(look(&timers, at: 1_998) == nil)
    #expect(look(&timers, at: 1_999) == .idle)
  }

  @Test("how long a connection may be idle is what it is when somebody looks")
  func idleLimitChanges() {
    var timers = ConnectionTimers(configuration, now: 0)
    #expect(look(&timers, at: 500, maxIdle: 501) == nil)
    #expect(look(&timers, at: 500, maxIdle: 500) == .idle)
  }

  @Test("bytes that trickle in do not renew a frame's time")
  func trickle() {
    var timers = ConnectionTimers(configuration, now: 0)
    timers.received(completedFrame: false, hasPartialFrame: true, at: 100)
    timers.received(completedFrame: false, hasPartialFrame: true, at: 390)
    #expect(look(&timers, at: 399) == nil)
    #expect(look(&timers, at: 400) == .error("a request was incomplete for 300 ms"))
  }

  @Test("the next frame has its own time, and none runs while we do not read")
  func partialRestarts() {
    var timers = ConnectionTimers(configuration, now: 0)
    timers.received(completedFrame: false, hasPartialFrame: true, at: 0)
    timers.received(completedFrame: true, hasPartialFrame: true, at: 200)
    #expect(look(&timers, at: 450, isReading: false) == nil)
    #expect(look(&timers, at: 749) == nil)
    #expect(look(&timers, at: 750) != nil)
  }

  @Test("a peer that takes nothing ends at its time; one that takes a byte does not")
  func stall() {
    var timers = ConnectionTimers(configuration, now: 0)
    #expect(look(&timers, at: 500, isIdle: false, unsentBytes: 10, takenBytes: 5) == nil)
    #expect(look(&timers, at: 1_099, isIdle: false, unsentBytes: 10, takenBytes: 5) == nil)
    #expect(look(&timers, at: 1_100, isIdle: false, unsentBytes: 9, takenBytes: 6) == nil)
    #expect(look(&timers, at: 1_699, isIdle: false, unsentBytes: 9, takenBytes: 6) == nil)
    #expect(look(&timers, at: 1_700, isIdle: false, unsentBytes: 9, takenBytes: 6) != nil)
  }

  @Test("a peer that takes nothing ends sooner when memory is short")
  func stallWhenMemoryIsShort() {
    var timers = ConnectionTimers(configuration, now: 0)
    #expect(look(&timers, at: 0, isIdle: false, unsentBytes: 10) == nil)
    #expect(look(&timers, at: 300, isIdle: false, unsentBytes: 10) == nil)
    #expect(look(&timers, at: 199, isIdle: false, unsentBytes: 10, areResponsesMany: true) == nil)
    #expect(look(&timers, at: 200, isIdle: false, unsentBytes: 10, areResponsesMany: true) != nil)
  }

  @Test("when others wait for what a peer does not take, it is waited for even less")
  func stallWhenOthersWait() {
    var timers = ConnectionTimers(configuration, now: 0)
    #expect(look(&timers, at: 99, isIdle: false, unsentBytes: 10, doOthersWait: true) == nil)
    #expect(look(&timers, at: 100, isIdle: false, unsentBytes: 10, doOthersWait: true) != nil)
  }

  @Test(
    "when memory is short, a peer that takes next to nothing stalls like one that takes nothing")
  func trickleWhenMemoryIsShort() {
    var timers = ConnectionTimers(configuration, now: 0)
    func look(at now: Int64, taken: Int) -> CloseReason? {
      self.look(
        &timers, at: now, isIdle: false, unsentBytes: 10, takenBytes: taken, areResponsesMany: true)
    }
    #expect(look(at: 100, taken: 65_536) == nil)
    #expect(look(at: 250, taken: 131_071) == nil)
    #expect(look(at: 299, taken: 131_072) == nil)
    #expect(look(at: 498, taken: 140_000) == nil)
    #expect(look(at: 499, taken: 141_000) != nil)
  }

  @Test("requests that wait for one before them are dropped when memory is short, else never")
  func waitsForOne() {
    var timers = ConnectionTimers(configuration, now: 0)
    #expect(look(&timers, at: 0, isIdle: false, waitsForOne: true) == nil)
    #expect(look(&timers, at: 9_000, isIdle: false, waitsForOne: true) == nil)
    #expect(look(&timers, at: 9_100, isIdle: false, isMemoryShort: true) == nil)
    #expect(look(&timers, at: 9_100, isIdle: false, waitsForOne: true, isMemoryShort: true) == nil)
    #expect(look(&timers, at: 9_299, isIdle: false, waitsForOne: true, isMemoryShort: true) == nil)
    #expect(look(&timers, at: 9_300, isIdle: false, waitsForOne: true, isMemoryShort: true) != nil)
  }

  @Test("a negative limit lets a connection be idle for ever")
  func idleForEver() {
    var timers = ConnectionTimers(configuration, now: 0)
    #expect(look(&timers, at: .max, maxIdle: -1) == nil)
  }

  private func look(
    _ timers: inout ConnectionTimers, at now: Int64, isReading: Bool = true, isIdle: Bool = true,
    waitsForOne: Bool = false, unsentBytes: Int = 0, takenBytes: Int = 0,
    isMemoryShort: Bool = false, areResponsesMany: Bool = false,
    doOthersWait: Bool = false, maxIdle: Int64 = 1_000
  ) -> CloseReason? {
    timers.overdue(
      at: now, isReading: isReading, isIdle: isIdle, waitsForOne: waitsForOne,
      unsentBytes: unsentBytes, takenBytes: takenBytes, isMemoryShort: isMemoryShort,
      areResponsesMany: areResponsesMany, doOthersWait: doOthersWait, maxIdle: maxIdle)
  }
}
