import Synchronization
import Testing

@testable import BrokerServer

@Suite("Memory budget") struct MemoryBudgetTests {
  @Test("it is exhausted at its limit and recovered below three quarters of it")
  func hysteresis() {
    let budget = MemoryBudget(limit: 100)
    budget.charge(99)
    #expect(!budget.isExhausted)
    budget.charge(1)
    #expect(budget.isExhausted)
    budget.charge(-25)
    #expect(!budget.isExhausted)
    #expect(!budget.hasRecovered)
    budget.charge(-1)
    #expect(budget.hasRecovered)
  }

  @Test("one at a time has the overdraft, and nobody under pressure from outside")
  func overdraft() {
    let budget = MemoryBudget(limit: 100)
    #expect(budget.takeOverdraft())
    #expect(!budget.takeOverdraft())
    budget.returnOverdraft()
    #expect(budget.takeOverdraft())
    let pressed = MemoryBudget(limit: 100) { true }
    #expect(pressed.isExhausted)
    #expect(!pressed.hasRecovered)
    #expect(!pressed.takeOverdraft())
  }

  @Test("who waits for room hears of the next release, once")
  func releases() {
    let budget = MemoryBudget(limit: 100)
    let heard = Atomic<Int>(0)
    budget.observeReleases { heard.add(1, ordering: .relaxed) }
    budget.reserve(30)
    budget.charge(-1, responseBytes: -1)
    #expect(heard.load(ordering: .relaxed) == 0)
    budget.awaitRelease()
    budget.charge(5)
    budget.charge(-5)
    budget.reserve(1)
    #expect(heard.load(ordering: .relaxed) == 0)
    budget.reserve(-1)
    budget.reserve(-1)
    #expect(heard.load(ordering: .relaxed) == 1)
    #expect(budget.limitBytes == 50)
    #expect(budget.roomBytes == 22)
  }
}
