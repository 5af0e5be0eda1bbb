import Synchronization
import Testing
import Threads

@testable import Transport

@Suite("Event loop") struct LoopTests {
  @Test("calls from other threads run on the loop, each thread's in order")
  func mailbox() throws {
    let thread = EventLoopThread(name: "test")
    let loop = thread.loop
    let seen = Monitor<[[Int]]>([[], [], []])
    let callers = (0..<3).map { caller in
      WorkerThread(name: "caller") {
        for number in 0..<5_000 {
          loop.execute { _ in
            precondition(loop.isCurrent, "run on another thread")
            seen.update { $0[caller].append(number) }
          }
        }
      }
    }
    for caller in callers { caller.join() }
    // What was sent before it has run before it.
    #expect(loop.submit { _ in 1 } == 1)
    #expect(seen.withLock { $0 } == [[Int]](repeating: Array(0..<5_000), count: 3))
    thread.stop()
  }

  @Test("once the loop has stopped, calls and timers are dropped, and who waits is told")
  func stopped() {
    let thread = EventLoopThread(name: "test")
    let loop = thread.loop
    let rang = Atomic<Bool>(false)
    _ = loop.schedule(afterMilliseconds: 3_600_000) { rang.store(true, ordering: .relaxed) }
    thread.stop()
    loop.execute { _ in rang.store(true, ordering: .relaxed) }
    loop.schedule(afterMilliseconds: 0) { rang.store(true, ordering: .relaxed) }.cancel()
    #expect(loop.submit { _ in 1 } == nil)
    #expect(rang.load(ordering: .relaxed) == false)
  }

  @Test("a call that waits for a loop which then stops is told, too")
  func stoppedMeanwhile() {
    let thread = EventLoopThread(name: "test")
    let loop = thread.loop
    let isWaiting = Monitor(false)
    loop.execute { eventLoop in
      _ = isWaiting.wait { $0 ? true : nil }
      eventLoop.stop()
    }
    let waiter = WorkerThread(name: "waiter") {
      isWaiting.update { $0 = true }
      #expect(loop.submit { _ in 1 } == nil)
    }
    waiter.join()
    thread.stop()
  }

  @Test("timers ring in order and not before their time, by the clock that others read")
  func timers() throws {
    let thread = EventLoopThread(name: "test")
    let rings = Events<(Int64, Int64)>()
    for delay in [30, 0, 10, 20] as [Int64] {
      let due = Clock.monotonicMilliseconds() + delay
      _ = thread.loop.schedule(afterMilliseconds: delay) {
        rings.add((delay, Clock.monotonicMilliseconds() - due))
      }
    }
    for delay in [0, 10, 20, 30] as [Int64] {
      let (rang, late) = try rings.next()
      #expect(rang == delay)
      #expect(late >= 0)
    }
    thread.stop()
  }

  @Test("a timer that was set on a busy loop does not ring early")
  func busyLoop() throws {
    let thread = EventLoopThread(name: "test")
    let rings = Events<Int64>()
    thread.loop.execute { loop in
      let busyUntil = Clock.monotonicMilliseconds() + 30
      while Clock.monotonicMilliseconds() < busyUntil {}
      let due = Clock.monotonicMilliseconds() + 20
      loop.schedule(afterMilliseconds: 20) { rings.add(Clock.monotonicMilliseconds() - due) }
    }
    #expect(try rings.next() >= 0)
    thread.stop()
  }

  @Test("cancelled calls never begin, whoever cancels them, before or after they are set")
  func cancelling() throws {
    let thread = EventLoopThread(name: "test")
    let loop = thread.loop
    let rings = Events<Int>()
    let set = Events<ScheduledCall>()
    let gate = Monitor(false)
    // The loop stands still until the gate opens, so that nothing rings before it is cancelled.
    loop.execute {
      set.add(loop.schedule(afterMilliseconds: 0) { rings.add(1) })
      let own = loop.schedule(afterMilliseconds: 0) { rings.add(2) }
      own.cancel()
      own.cancel()
      _ = gate.wait { $0 ? true : nil }
    }
    try set.next().cancel()
    loop.schedule(afterMilliseconds: 0) { rings.add(3) }.cancel()
    _ = loop.schedule(afterMilliseconds: 0) { rings.add(4) }
    gate.update { $0 = true }
    #expect(try rings.next() == 4)
    #expect(rings.isEmpty)
    thread.stop()
  }

  @Test("a timer that rings can set another and cancel itself")
  func insideTimer() throws {
    let thread = EventLoopThread(name: "test")
    let rings = Events<Int>()
    thread.loop.execute { loop in
      var own: LoopTimer?
      own = loop.schedule(afterMilliseconds: 1) {
        own?.cancel()
        rings.add(1)
        loop.schedule(afterMilliseconds: 1) { rings.add(2) }
      }
    }
    #expect(try rings.next() == 1)
    #expect(try rings.next() == 2)
    thread.stop()
  }

  @Test("a flood of calls does not keep timers from ringing")
  func flood() throws {
    let thread = EventLoopThread(name: "test")
    let loop = thread.loop
    let isOver = Atomic<Bool>(false)
    @Sendable func again() {
      if !isOver.load(ordering: .relaxed) { loop.execute { _ in again() } }
    }
    again()
    let rings = Events<Int>()
    _ = loop.schedule(afterMilliseconds: 5) { rings.add(1) }
    #expect(try rings.next() == 1)
    isOver.store(true, ordering: .relaxed)
    thread.stop()
  }
}
