import ActaModel
import BatchCodec
import Coordination
import KafkaWire
import Testing

@testable import ClientCore

@Suite("What a consumer fetches next") struct FetcherTests {
  private static func stage(
    _ configure: (inout ConsumerSettings) -> Void = { _ in }
  ) -> FetchStage { FetchStage(configure) }

  /// One that stands at offset 0 of partitions 0 and 1, which two brokers lead.
  private static func standing(
    _ configure: (inout ConsumerSettings) -> Void = { _ in }
  ) -> FetchStage {
    var stage = stage(configure)
    for partition: Int32 in [0, 1] { stage.seek(partition, to: 0) }
    return stage
  }

  @Test("a partition that is new has its committed position asked for, once, and begins there")
  func committed() {
    var stage = Self.stage()
    let questions = stage.fetcher.takeUnknown(at: stage.now)
    #expect(questions.map(\.partition.description) == ["t-0", "t-1"])
    #expect(stage.fetcher.takeUnknown(at: stage.now) == [])
    #expect(stage.fetcher.committed(questions[0], 40, leaderEpoch: 2) == nil)
    #expect(stage.send() == ["to 0: t-0@40"])
    // Of the other nothing is committed: the policy decides.
    #expect(stage.fetcher.committed(questions[1], nil, leaderEpoch: -1) == nil)
    let resetting = stage.fetcher.takeResetting(at: stage.now)
    #expect(resetting.map(\.question.partition.description) == ["t-1"])
    #expect(resetting.first?.to == .latest)
    stage.fetcher.found(resetting[0].question, 90, leaderEpoch: -1)
    #expect(stage.send() == ["to 1: t-1@90"])
  }

  @Test("an answer to what was asked for another position is not wanted")
  func oldQuestions() {
    var stage = Self.stage()
    stage.fetcher.move(stage.partition(0), to: .resetting(.latest))
    let end = stage.fetcher.takeResetting(at: stage.now)[0].question
    stage.fetcher.move(stage.partition(0), to: .resetting(.earliest))
    let beginning = stage.fetcher.takeResetting(at: stage.now)[0].question
    stage.fetcher.found(end, 90, leaderEpoch: -1)
    #expect(stage.position(0) == .resetting(.earliest))
    stage.fetcher.failed(end, at: stage.now)
    #expect(stage.fetcher.takeResetting(at: stage.now).isEmpty)
    stage.fetcher.found(beginning, 10, leaderEpoch: -1)
    #expect(stage.position(0) == .at(10, leaderEpoch: -1))
    // A partition that was given away and is had again is another one.
    let asked = stage.fetcher.takeUnknown(at: stage.now)[0]
    stage.fetcher.assign([])
    stage.fetcher.assign([asked.partition])
    #expect(stage.fetcher.committed(asked, 5, leaderEpoch: -1) == nil)
    #expect(stage.position(1) == .unknown)
  }

  @Test("a time beyond the last record is the end")
  func lateTime() {
    var stage = Self.stage { $0.autoOffsetReset = .byDuration(milliseconds: 5) }
    let question = stage.fetcher.takeUnknown(at: stage.now)[0]
    _ = stage.fetcher.committed(question, nil, leaderEpoch: -1)
    let resetting = stage.fetcher.takeResetting(at: stage.now)[0]
    #expect(resetting.to == .byDuration(milliseconds: 5))
    stage.fetcher.found(resetting.question, nil, leaderEpoch: -1)
    #expect(stage.position(0) == .resetting(.latest))
  }

  @Test("without a policy a missing position is told once, and waits for a seek")
  func noPolicy() {
    var stage = Self.stage { $0.autoOffsetReset = .none }
    let question = stage.fetcher.takeUnknown(at: stage.now)[0]
    let failure = stage.fetcher.committed(question, nil, leaderEpoch: -1)
    #expect(failure?.reason == .refused(.offsetOutOfRange))
    #expect(failure?.sentence.contains("auto.offset.reset=none") == true)
    #expect(stage.fetcher.takeResetting(at: stage.now).isEmpty)
    stage.pass(60_000)
    #expect(stage.fetcher.takeResetting(at: stage.now).isEmpty)
    stage.seek(0, to: 3)
    #expect(stage.send() == ["to 0: t-0@3"])
  }

  @Test("a question that was not answered is asked again after a pause")
  func failedQuestions() {
    var stage = Self.stage()
    let question = stage.fetcher.takeUnknown(at: stage.now)[0]
    stage.fetcher.failed(question, at: stage.now)
    #expect(stage.fetcher.takeUnknown(at: stage.now).isEmpty)
    let next = stage.fetcher.nextDeadline(after: stage.now)
    #expect(next.map { (80...120).contains($0.milliseconds - stage.now.milliseconds) } == true)
    stage.pass(120)
    #expect(stage.fetcher.takeUnknown(at: stage.now) == [question])
  }

  @Test("one fetch to a broker at a time, for all partitions of it that have room")
  func oneAtATime() {
    var stage = FetchStage(partitions: 4) { _ in }
    for partition: Int32 in 0..<4 { stage.seek(partition, to: 0) }
    stage.room = [stage.partition(2): 0]
    #expect(stage.send() == ["to 0: t-0@0", "to 1: t-1@0 t-3@0"])
    stage.room = [:]
    #expect(stage.send() == [])
    #expect(stage.answer(0, [0: StoredBatch(at: 0, "a", "b").bytes]) == ["t-0: 2 from 0"])
    #expect(stage.send() == ["to 0: t-0@2 t-2@0"])
  }

  @Test("what was fetched for a position that was left is not given on")
  func generations() {
    var stage = Self.standing()
    #expect(stage.send() == ["to 0: t-0@0", "to 1: t-1@0"])
    stage.seek(0, to: 50)
    #expect(stage.answer(0, [0: StoredBatch(at: 0, "a").bytes]) == [])
    #expect(stage.send() == ["to 0: t-0@50"])
    stage.fetcher.assign([stage.partition(1)])
    #expect(stage.answer(0, [0: StoredBatch(at: 50, "a").bytes]) == [])
    #expect(stage.send() == [])
  }

  @Test("two fetches of one position, from the leader before and the one now, give it once")
  func movedLeader() {
    var stage = Self.standing()
    #expect(stage.send() == ["to 0: t-0@0", "to 1: t-1@0"])
    #expect(stage.answer(1, [1: []]) == [])
    stage.lead([1, 1])
    #expect(stage.send() == ["to 1: t-0@0 t-1@0"])
    let bytes = StoredBatch(at: 0, "a", "b").bytes
    #expect(stage.answer(0, [0: bytes]) == ["t-0: 2 from 0"])
    #expect(stage.answer(1, [0: bytes, 1: []]) == [])
    #expect(stage.send() == ["to 1: t-0@2 t-1@0"])
  }

  @Test("paused partitions are not fetched, and go on where they were")
  func paused() {
    var stage = Self.standing()
    stage.fetcher.setPaused(true, stage.partition(0))
    #expect(stage.send() == ["to 1: t-1@0"])
    stage.fetcher.setPaused(false, stage.partition(0))
    #expect(stage.send() == ["to 0: t-0@0"])
  }

  @Test("an offset that is gone leads where the policy says, or is told of")
  func outOfRange() {
    var stage = Self.standing { $0.autoOffsetReset = .earliest }
    _ = stage.send()
    #expect(stage.refuse(0, 0, .offsetOutOfRange) == [])
    #expect(stage.position(0) == .resetting(.earliest))
    var strict = Self.standing { $0.autoOffsetReset = .none }
    strict.seek(0, to: 99)
    _ = strict.send()
    let told = strict.refuse(0, 0, .offsetOutOfRange)
    #expect(told.count == 1)
    #expect(told.first?.contains("there is no offset 99") == true)
    #expect(strict.send() == [])
  }

  @Test("a leader that is none any more: metadata is asked for, and the partition later")
  func oldLeader() {
    var stage = Self.standing()
    _ = stage.send()
    #expect(stage.refuse(0, 0, .notLeaderOrFollower) == [])
    #expect(stage.outdated == ["t"])
    #expect(stage.send() == [])
    stage.pass(120)
    #expect(stage.send() == ["to 0: t-0@0"])
    // What cannot be mended by waiting is told.
    #expect(stage.refuse(0, 0, .topicAuthorizationFailed).count == 1)
    stage.lead([-1, 1])
    stage.pass(10_000)
    #expect(stage.send() == [])
    #expect(stage.leaderless == ["t"])
  }

  @Test(
    "a fetch that is lost is made again after a pause; a partition that an answer leaves out, too")
  func lost() {
    var stage = Self.standing()
    _ = stage.send()
    #expect(stage.lose(0) == [])
    #expect(stage.send() == [])
    stage.pass(120)
    #expect(stage.send() == ["to 0: t-0@0"])
    #expect(stage.answer(0, [:]) == [])
    #expect(stage.outdated == ["t"])
    #expect(stage.send() == [])
    stage.pass(300)
    #expect(stage.send() == ["to 0: t-0@0"])
    #expect(stage.lose(0, .malformedAnswer).count == 1)
  }

  @Test(
    "a batch that is larger than what was asked for is asked for with more, from brokers that cut it off"
  )
  func tooLarge() {
    var stage = Self.standing { $0.maxPartitionFetchBytes = 100 }
    let bytes = StoredBatch(at: 0, String(repeating: "x", count: 300)).bytes
    var asked: [Int32] = []
    for _ in 0..<10 {
      let plan = stage.plan(0)
      let most = plan?.parts[0].maxBytes ?? 0
      asked.append(most)
      let told = stage.answer(0, [0: Array(bytes.prefix(Int(most)))])
      if !told.isEmpty { break }
    }
    #expect(asked == [100, 200, 400])
  }

  @Test("what cannot be a batch is handed on once, and nothing is fetched there before a seek")
  func damaged() {
    var stage = Self.standing()
    _ = stage.send()
    let nonsense = [UInt8](repeating: 0xff, count: 80)
    let whole = StoredBatch(at: 0, "a").bytes
    #expect(stage.answer(0, [0: whole + nonsense]) == ["t-0: \(whole.count + 80) bytes from 0"])
    #expect(stage.position(0) == .at(1, leaderEpoch: 3))
    stage.pass(60_000)
    #expect(stage.send() == [])
    stage.seek(0, to: 2)
    #expect(stage.send() == ["to 0: t-0@2"])
  }
}
