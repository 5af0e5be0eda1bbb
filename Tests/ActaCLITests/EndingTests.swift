import ActaCLI
import Foundation
import Testing

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
    let results = LockedResults()
    let threads = (0..<3).map { _ in
      Thread { results.add(ending.wait() == .signal(2)) }
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
