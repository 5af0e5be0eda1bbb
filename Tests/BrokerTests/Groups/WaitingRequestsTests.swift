import Coordination
import Synchronization
import Testing

@testable import Broker

@Suite("Requests that wait") struct WaitingRequestsTests {
  private final class Answers: Sendable {
    private let answers = Mutex<[String]>([])
    var all: [String] { answers.withLock { $0 } }
    func take(_ answer: String) { answers.withLock { $0.append(answer) } }
  }

  private let answers = Answers()
  private let waiting = WaitingRequests<String>()

  private func add(_ token: UInt64) -> Bool {
    waiting.add(ReplyToken(token)) { [answers] in answers.take("\(token): \($0)") }
  }

  @Test("each is answered once, and an unknown token goes nowhere")
  func once() {
    #expect(add(1))
    #expect(add(2))
    waiting.answer(ReplyToken(2), with: "a")
    waiting.answer(ReplyToken(2), with: "b")
    waiting.answer(ReplyToken(3), with: "c")
    #expect(answers.all == ["2: a"])
    #expect(waiting.count == 1)
  }

  @Test("a stop answers all in their order, and nobody waits after it")
  func stop() {
    for token in 1...3 as ClosedRange<UInt64> { #expect(add(token)) }
    waiting.stop(with: "end")
    #expect(answers.all == ["1: end", "2: end", "3: end"])
    let isAdded = add(4)
    #expect(!isAdded)
    #expect(answers.all.count == 3)
  }

  @Test("what was undone is told, unless it has been taken up again")
  func dismissal() {
    for token in 1...3 as ClosedRange<UInt64> { #expect(add(token)) }
    for token in 1...2 as ClosedRange<UInt64> { waiting.take(ReplyToken(token)) }
    let abandoned = waiting.abandonAll()
    #expect(abandoned == [ReplyToken(1), ReplyToken(2)])
    waiting.take(ReplyToken(2))
    waiting.dismiss(abandoned, with: "undone")
    #expect(answers.all == ["1: undone"])
    waiting.abandon([ReplyToken(3), ReplyToken(4)])
    waiting.dismiss([ReplyToken(3), ReplyToken(4)], with: "undone")
    #expect(answers.all == ["1: undone", "3: undone"])
    #expect(waiting.count == 1)
  }
}
