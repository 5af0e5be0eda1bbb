import Broker
import Synchronization
import Testing

@testable import BrokerServer

@Suite("Timer thread") struct TimerThreadTests {
  private final class Rings: Sendable {
    private let names = Mutex<[String]>([])
    var all: [String] { names.withLock { $0 } }
    func ring(_ name: String) { names.withLock { $0.append(name) } }
  }

  @Test("timers ring in the order in which they are due; cancelled ones do not")
  func order() async throws {
    let timers = TimerThread()
    let rings = Rings()
    await withCheckedContinuation { continuation in
      _ = timers.schedule(afterMilliseconds: 40) { continuation.resume() }
      _ = timers.schedule(afterMilliseconds: 20) { rings.ring("second") }
      timers.schedule(afterMilliseconds: 10) { rings.ring("never") }.cancel()
      _ = timers.schedule(afterMilliseconds: 0) { rings.ring("first") }
    }
    #expect(rings.all == ["first", "second"])
    timers.stop()
  }

  @Test("after the stop nothing rings, and nothing can be set")
  func stop() throws {
    let timers = TimerThread()
    let rings = Rings()
    _ = timers.schedule(afterMilliseconds: 3_600_000) { rings.ring("far") }
    timers.stop()
    timers.schedule(afterMilliseconds: 0) { rings.ring("late") }.cancel()
    #expect(rings.all == [])
  }
}
