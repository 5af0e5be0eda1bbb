import ActaCLI
import Foundation
import Testing

@Suite("Ending") struct EndingTests {
  private let ending = Ending()

  /// Milliseconds of the clock that never jumps.
  private func now() -> Int64 {
    var time = timespec()
    clock_gettime(CLOCK_MONOTONIC, &time)
    return Int64(time.tv_sec) * 1_000 + Int64(time.tv_nsec) / 1_000_000
  }

  @Test("a wait ends with its time when no end comes", arguments: [0, -1, 1, 20] as [Int64])
  func timeout(milliseconds: Int64) {
    let start = now()
    #expect(!ending.wait(atMostMilliseconds: milliseconds))
    #expect(now() - start >= milliseconds)
  }

  @Test("the first reason counts")
  func first() {
    ending.end(.failure("the disk is full"))
    ending.end(.signal(15))
    #expect(ending.wait(atMostMilliseconds: 0))
    #expect(ending.wait() == .failure("the disk is full"))
  }

  @Test("an end releases whoever waits, however long they would have waited")
  func release() {
    let ending = ending
    let results = LockedResults()
    let threads = [0, 1, 2].map { kind in
      Thread {
        switch kind {
        case 0: results.add(ending.wait() == .signal(2))
        case 1: results.add(ending.wait(atMostMilliseconds: .max))
        default: results.add(ending.wait(atMostMilliseconds: 3_600_000))
        }
      }
    }
    for thread in threads { thread.start() }
    ending.end(.signal(2))
    #expect(results.wait(for: threads.count) == [true, true, true])
  }

  /// What threads have found out.
  private final class LockedResults: @unchecked Sendable {
    // Sound: the array is touched under the condition's lock only.
    private let condition = NSCondition()
    private var results: [Bool] = []

    func add(_ result: Bool) {
      condition.withLock {
        results.append(result)
        condition.signal()
      }
    }

    func wait(for count: Int) -> [Bool] {
      condition.withLock {
        while results.count < count { condition.wait() }
        return results
      }
    }
  }
}
