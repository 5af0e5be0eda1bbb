import ActaModel
import Coordination
import Testing

@testable import ClientCore

@Suite("Positions in logs that are cut") struct EpochTests {
  /// At offset 10 of partition 0, which was read under epoch 1, and with a leader of epoch 1.
  private static func stage(
    _ configure: (inout ConsumerSettings) -> Void = { _ in }
  ) -> FetchStage {
    var stage = FetchStage(partitions: 1, configure)
    stage.lead([0], epoch: 1)
    stage.fetcher.move(stage.partition(0), to: .at(10, leaderEpoch: 1))
    return stage
  }

  @Test("under a leader of the same epoch nothing is asked, and the fetch names the epoch")
  func sameEpoch() {
    var stage = Self.stage()
    #expect(stage.checks() == [])
    #expect(stage.plan(0)?.parts.map(\.leaderEpoch) == [1])
  }

  @Test("a new leader is asked once before anything is fetched from it")
  func risen() {
    var stage = Self.stage()
    stage.lead([1], epoch: 2)
    #expect(stage.send() == [])
    #expect(stage.checks() == ["t-0@10 of 1, 2 at 1"])
    #expect(stage.checks() == [])
    #expect(stage.send() == [])
    #expect(stage.end(12, delivered: 10) == nil)
    #expect(stage.position(0) == .at(10, leaderEpoch: 1))
    #expect(stage.send() == ["to 1: t-0@10"])
    #expect(stage.checks() == [])
    // It ends with the position: all of it is there.
    var other = Self.stage()
    other.lead([1], epoch: 2)
    #expect(other.checks().count == 1)
    #expect(other.end(10, delivered: 10) == nil)
    #expect(other.send() == ["to 1: t-0@10"])
  }

  @Test("what was cut off is passed over by the policy, from where the log is another")
  func cut() {
    var stage = Self.stage { $0.autoOffsetReset = .latest }
    stage.lead([1], epoch: 3)
    _ = stage.checks()
    #expect(stage.end(7, epoch: 0, delivered: 10) == nil)
    #expect(stage.position(0) == .at(7, leaderEpoch: 0))
    #expect(stage.checks() == [])
    #expect(stage.send() == ["to 1: t-0@7"])
  }

  @Test("records that were only fetched ahead are fetched anew, whatever the policy")
  func cutAhead() {
    var stage = Self.stage { $0.autoOffsetReset = .none }
    stage.lead([1], epoch: 2)
    _ = stage.checks()
    #expect(stage.end(7, delivered: 6) == nil)
    #expect(stage.position(0) == .at(6, leaderEpoch: 1))
    #expect(stage.send() == ["to 1: t-0@6"])
  }

  @Test("without a policy it is told once, and waits for a seek")
  func refused() {
    var stage = Self.stage { $0.autoOffsetReset = .none }
    stage.lead([1], epoch: 2)
    _ = stage.checks()
    let failure = stage.end(7, delivered: 10)
    #expect(failure?.reason == .logTruncated)
    #expect(failure?.sentence.contains("its records end at offset 7") == true)
    #expect(failure?.isRetriable == false)
    #expect(stage.send() == [])
    #expect(stage.checks() == [])
    #expect(stage.fetcher.takeResetting(at: stage.now).isEmpty)
    stage.seek(0, to: 7)
    #expect(stage.send() == ["to 1: t-0@7"])
  }

  @Test("an epoch that is not in the log at all leads where the policy says, or is told of")
  func gone() {
    var stage = Self.stage { $0.autoOffsetReset = .earliest }
    stage.lead([1], epoch: 2)
    _ = stage.checks()
    #expect(stage.end(nil, delivered: 10) == nil)
    #expect(stage.position(0) == .resetting(.earliest))
    var strict = Self.stage { $0.autoOffsetReset = .none }
    strict.lead([1], epoch: 2)
    _ = strict.checks()
    #expect(strict.end(nil, delivered: 10)?.sentence.contains("nothing of it is left") == true)
  }

  @Test(
    "a question without an answer is asked again later; a broker that has no such API is trusted")
  func unanswered() {
    var stage = Self.stage()
    stage.lead([1], epoch: 2)
    _ = stage.checks()
    stage.fetcher.failed(stage.asked[0].question, at: stage.now)
    #expect(stage.checks() == [])
    stage.pass(120)
    #expect(stage.checks().count == 1)
    stage.fetcher.passed(stage.asked[1])
    #expect(stage.send() == ["to 1: t-0@10"])
  }

  @Test("an answer for a position that was left is not wanted")
  func left() {
    var stage = Self.stage()
    stage.lead([1], epoch: 2)
    _ = stage.checks()
    stage.seek(0, to: 50)
    #expect(stage.end(7, delivered: 10) == nil)
    #expect(stage.position(0) == .at(50, leaderEpoch: -1))
    #expect(stage.send() == ["to 1: t-0@50"])
  }

  @Test("a position that moved on meanwhile, with what the leader before had sent, is asked about")
  func movedMeanwhile() {
    var stage = Self.stage()
    #expect(stage.send() == ["to 0: t-0@10"])
    stage.lead([1], epoch: 4)
    _ = stage.checks()
    #expect(stage.answer(0, [0: StoredBatch(at: 10, "a").bytes]) == ["t-0: 1 from 10"])
    // Where epoch 1 ends says nothing of the record that came since, of epoch 3.
    #expect(stage.end(12, delivered: 10) == nil)
    #expect(stage.checks() == ["t-0@11 of 3, 4 at 1"])
    #expect(stage.end(11, epoch: 3, delivered: 11) == nil)
    #expect(stage.send() == ["to 1: t-0@11"])
  }

  @Test(
    "an end of the log is the leader's word, and positions without an epoch are taken as they are")
  func trusted() {
    var stage = Self.stage()
    stage.fetcher.move(stage.partition(0), to: .resetting(.latest))
    let question = stage.fetcher.takeResetting(at: stage.now)[0].question
    stage.lead([1], epoch: 2)
    stage.fetcher.found(question, 90, leaderEpoch: 1)
    #expect(stage.checks() == [])
    #expect(stage.send() == ["to 1: t-0@90"])
    stage.lead([0], epoch: 3)
    #expect(stage.checks() == ["t-0@90 of 1, 3 at 0"])
    stage.seek(0, to: 5)
    #expect(stage.checks() == [])
    #expect(stage.send() == ["to 0: t-0@5"])
  }
}
