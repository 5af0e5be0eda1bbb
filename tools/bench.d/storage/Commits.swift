import ActaModel
import Dispatch
import LogEngine
import LogStorage
import SQLiteLog
import SQLiteStore
import Synchronization

/// Commits of one partition each from many callers at a time, and afterwards as many requests that
/// write nothing, as heartbeats do. A caller asks again when it has its answer, from a thread of its
/// own as an event loop would.
struct CommitBench {
  let storage: LogEngine
  let partitions: [PartitionID]
  let groups: Int
  var callers: Int { partitions.count }

  struct Figures {
    let perSecond: Double
    /// Microseconds.
    let p50: Double
    let p99: Double
  }

  private struct Answers {
    var waiting: [Int] = []
    var failure: StorageError?
  }

  func createGroups() -> StorageError? {
    run(count: 1) { _ in
      { transaction in
        let rows = (0..<groups).map { GroupChange.putGroup(GroupRow(name: "group-\($0)")) }
        try transaction.write(rows, events: [])
      }
    }.failure
  }

  func commits(_ count: Int) -> (figures: Figures, failure: StorageError?) {
    run(count: count) { number in
      let caller = number % callers
      let commit = OffsetCommit(partition: partitions[caller], offset: Int64(number))
      let group = "group-\(caller % groups)"
      let committer = Committer(
        memberID: "consumer-\(caller)-8c1f2a4e-93b5-4e0c-a7f3-1d5b7c9e2f60",
        clientID: "consumer-\(caller)", clientHost: "/127.0.0.1", generation: 3,
        source: .consumer)
      return { transaction in _ = try transaction.commit([commit], of: group, by: committer) }
    }
  }

  func heartbeats(_ count: Int) -> (figures: Figures, failure: StorageError?) {
    run(count: count) { _ in { _ in } }
  }

  private typealias Work = @Sendable (any LogTurn) throws -> Void

  private func run(
    count: Int, _ work: (Int) -> Work
  ) -> (figures: Figures, failure: StorageError?) {
    let clock = ContinuousClock()
    let answered = DispatchSemaphore(value: 0)
    let answers = Mutex(Answers())
    var began = [ContinuousClock.Instant](repeating: clock.now, count: callers)
    var latencies: [Duration] = []
    latencies.reserveCapacity(count)
    func ask(_ number: Int, caller: Int) {
      began[caller] = clock.now
      let work = work(number)
      storage.turn(
        { transaction in
          try work(transaction)
          return {
            answers.withLock { $0.waiting.append(caller) }
            answered.signal()
          }
        },
        refuse: { error in
          answers.withLock {
            $0.waiting.append(caller)
            $0.failure = error
          }
          answered.signal()
        })
    }
    let start = clock.now
    var asked = min(callers, count)
    for caller in 0..<asked { ask(caller, caller: caller) }
    while latencies.count < count {
      answered.wait()
      let caller = answers.withLock { $0.waiting.removeFirst() }
      latencies.append(clock.now - began[caller])
      if asked < count {
        ask(asked, caller: caller)
        asked += 1
      }
    }
    let seconds = (clock.now - start).microseconds / 1_000_000
    let sorted = latencies.sorted()
    let figures = Figures(
      perSecond: Double(count) / seconds, p50: sorted[count / 2].microseconds,
      p99: sorted[count * 99 / 100].microseconds)
    return (figures, answers.withLock { $0.failure })
  }
}

extension Duration {
  fileprivate var microseconds: Double {
    Double(components.seconds) * 1e6 + Double(components.attoseconds) * 1e-12
  }
}
