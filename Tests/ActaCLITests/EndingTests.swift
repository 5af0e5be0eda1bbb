import ActaCLI
import Testing
import Threads

@Suite("Ending") struct EndingTests {
  private let ending = Ending()

  @Test("the first reason counts")
  func first() {
    ending.end(.failure("the disk is full"))
    ending.end(.signal(15))
    #expect(ending.wait() == .failure("the disk is full"))
  }

  @Test("an end releases whoever waits")
  func release() {
    let ending = ending
    let results = Monitor<[Bool]>([])
    let threads = (0..<3).map { number in
      WorkerThread(name: "waits-\(number)") {
        let isReason = ending.wait() == .signal(2)
        results.update { $0.append(isReason) }
      }
    }
    ending.end(.signal(2))
    for thread in threads { thread.join() }
    #expect(results.withLock { $0 } == [true, true, true])
  }
}
