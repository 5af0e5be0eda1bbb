import ClientCore
import Coordination
import Synchronization
import Threads

/// What a producer's callers and its thread share: the records that wait, and who waits for room among them.
final class ProducerBuffer: Sendable {

  /// A caller who waits until everything is settled that was there when it came.
  fileprivate struct Flush {
    let last: UInt64
    var left: Int
    let signal: AsyncSignal
  }

  fileprivate struct State {
    var accumulator: RecordAccumulator
    var waiting = WaitingCallers()
    /// Changes whenever a waiter may go on: who looked before that looks again instead of waiting.
    var turn: UInt64 = 0
    var flushes: [Flush] = []
    var objection: ClientFailure?
    /// No transaction is open.
    var transactionObjection: ClientFailure?
  }

  enum Answer {
    case appended(wakesSender: Bool)
    /// There is no room, or nothing is known of the topic; at this turn.
    case mustWait(isTopicUnknown: Bool, turn: UInt64)
    /// As far as is known the topic has no such partition, but so many.
    case unknownPartition(Int32, count: Int)
  }

  private let state: Mutex<State>

  init(_ settings: ProducerSettings, choice: PartitionChoice) {
    var random = SystemRandomNumberGenerator()
    state = Mutex(
      State(accumulator: RecordAccumulator(settings, choice: choice, seed: random.next())))
  }

  // MARK: The caller's side

  /// Puts a record in, or says what it must wait for.
  func append(
    _ record: borrowing EncodedRecord, _ completion: ProduceCompletion?
  ) throws(ClientFailure) -> Answer {
    try record.lend { outgoing throws(ClientFailure) in
      try append(outgoing, to: record.topic, partition: record.partition, completion)
    }
  }

  func append(
    _ record: OutgoingRecord, to topic: String, partition: Int32?, _ completion: ProduceCompletion?
  ) throws(ClientFailure) -> Answer {
    try state.withLock { state throws(ClientFailure) in
      if let objection = state.objection ?? state.transactionObjection { throw objection }
      let answer = try state.accumulator.append(
        record, to: topic, partition: partition,
        at: Instant(milliseconds: Clock.monotonicMilliseconds()), completion)
      return switch answer {
      case .appended(let wakesSender): .appended(wakesSender: wakesSender)
      case .unknownTopic: .mustWait(isTopicUnknown: true, turn: state.turn)
      case .full: .mustWait(isTopicUnknown: false, turn: state.turn)
      case .unknownPartition(let number, let count): .unknownPartition(number, count: count)
      }
    }
  }

  /// Waits until it is worth trying again, the task is cancelled, or the time is up.
  ///
  /// - Parameters:
  ///   - deadline: Monotonic milliseconds.
  ///   - begun: Has the thread call `wakeOverdue` when the time is up.
  func wait(since turn: UInt64, until deadline: Int64, begun: () -> Void) async {
    let signal = AsyncSignal()
    let waiter: UInt64? = state.withLock { state in
      if state.turn != turn || state.objection != nil { return nil }
      return state.waiting.add(signal, until: deadline)
    }
    guard let waiter else { return }
    begun()
    await signal.wait()
    state.withLock { $0.waiting.remove(waiter) }
  }

  /// - Returns: When the time of the next one is up.
  func wakeOverdue(at now: Int64) -> Int64? {
    let (overdue, next) = state.withLock { state in
      (state.waiting.takeOverdue(at: now), state.waiting.nextDeadline)
    }
    for signal in overdue { signal.set() }
    return next
  }

  /// Waits until all is settled that was put in before.
  func flush(wakeSender: () -> Void) async {
    let signal = AsyncSignal()
    let isWaiting = state.withLock { state in
      let left = state.accumulator.unsettled.count
      if left == 0 { return false }
      state.flushes.append(Flush(last: state.accumulator.lastNumber, left: left, signal: signal))
      return true
    }
    guard isWaiting else { return }
    wakeSender()
    await signal.waitShielded()
  }

  /// From now on whoever puts something in is refused. The first objection holds.
  func refuse(_ objection: ClientFailure) {
    let waiters = state.withLock { state in
      state.objection = state.objection ?? objection
      return state.takeWaiters()
    }
    for waiter in waiters { waiter.set() }
  }

  /// Refuses what is put in from now on, or takes it again (`nil`).
  func object(_ objection: ClientFailure?) {
    let waiters = state.withLock { state in
      state.transactionObjection = objection
      return state.takeWaiters()
    }
    for waiter in waiters { waiter.set() }
  }

  // MARK: The sender's side

  /// Looks at what waits, and takes of it.
  func withAccumulator<R>(_ body: (inout RecordAccumulator) -> R) -> R {
    state.withLock { body(&$0.accumulator) }
  }

  var isFlushing: Bool { state.withLock { !$0.flushes.isEmpty } }

  /// Batches are done with: their room is free for those who wait for it, in the order in which they came.
  func release(_ settled: [SettledBatch]) {
    if settled.isEmpty { return }
    let (flushed, waiters) = state.withLock { state in
      for batch in settled {
        state.accumulator.release(batch)
        for index in state.flushes.indices
        where batch.isWhole && batch.number <= state.flushes[index].last {
          state.flushes[index].left -= 1
        }
      }
      let flushed = state.flushes.filter { $0.left == 0 }
      state.flushes.removeAll { $0.left == 0 }
      return (flushed, state.takeWaiters())
    }
    for flush in flushed { flush.signal.set() }
    for waiter in waiters { waiter.set() }
  }

  /// More is known of topics.
  func learn(_ view: ClusterView) {
    let waiters = state.withLock { state in
      for (name, topic) in view.topics {
        state.accumulator.setPartitionCount(topic.partitions.count, of: name)
      }
      return state.takeWaiters()
    }
    for waiter in waiters { waiter.set() }
  }
}

extension ProducerBuffer.State {
  fileprivate mutating func takeWaiters() -> [AsyncSignal] {
    turn += 1
    return waiting.takeAll()
  }
}
