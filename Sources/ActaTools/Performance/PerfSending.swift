import ActaClient
import Synchronization
import Threads

/// The records of a performance test on their way.
struct PerfSending: Sendable {
  let topic: String
  let count: Int64
  /// Of `count`, those that are counted apart.
  let warmup: Int64
  /// Negative is as fast as it goes.
  let perSecond: Double
  /// `nil` is without transactions.
  let transactionMilliseconds: Int64?
  let intervalMilliseconds: Int64
  let console: Console

  func run(_ producer: Producer<[UInt8], [UInt8]>, _ payloads: Payloads) async throws {
    if transactionMilliseconds != nil { try await producer.initTransactions() }
    let counting = PerfCounting(statistics(count, isSteadyState: false), console)
    if warmup > 0 {
      console.output.write(
        "Warmup first \(warmup) records. Steady state results will print after the complete test "
          + "summary.\n")
    }
    var payloads = payloads
    let pace = Pace(perSecond: perSecond, now: Clock.monotonicMicroseconds())
    var transactionStart: Int64?
    for number in 0..<count {
      if Task.isCancelled { break }
      if transactionMilliseconds != nil, transactionStart == nil {
        try await producer.beginTransaction()
        transactionStart = Clock.monotonicMilliseconds()
      }
      if number == warmup, warmup > 0 {
        counting.beginSteadyState(statistics(count - warmup, isSteadyState: true))
      }
      let record = ProducerRecord(
        topic: topic, key: payloads.key(number), value: payloads.value(number))
      try await send(record, producer, counting, isSteady: warmup > 0 && number >= warmup)
      if let duration = transactionMilliseconds, let start = transactionStart,
        Clock.monotonicMilliseconds() - start >= duration
      {
        try await producer.commitTransaction()
        transactionStart = nil
      }
      await pace.keep(after: number + 1)
    }
    if transactionStart != nil { try await producer.commitTransaction() }
    try await producer.flush()
    counting.finish()
  }

  private func statistics(_ count: Int64, isSteadyState: Bool) -> LatencyStatistics {
    LatencyStatistics(
      expected: count, isSteadyState: isSteadyState, intervalMilliseconds: intervalMilliseconds,
      now: Clock.monotonicMilliseconds())
  }

  private func send(
    _ record: ProducerRecord<[UInt8], [UInt8]>, _ producer: Producer<[UInt8], [UInt8]>,
    _ counting: PerfCounting, isSteady: Bool
  ) async throws {
    let bytes = Int64((record.key?.count ?? 0) + (record.value?.count ?? 0))
    let start = Clock.monotonicMicroseconds()
    do {
      try await producer.enqueue(record) {
        counting.note($0, since: start, bytes: bytes, isSteady: isSteady)
      }
    } catch let error as KafkaError {
      counting.note(.failure(error), since: start, bytes: bytes, isSteady: isSteady)
    }
  }
}

/// What is counted of a test; told by the producer's thread.
private final class PerfCounting: Sendable {
  private struct State {
    var all: LatencyStatistics
    var steady: LatencyStatistics?
  }

  private let state: Mutex<State>
  private let console: Console

  init(_ all: LatencyStatistics, _ console: Console) {
    state = Mutex(State(all: all))
    self.console = console
  }

  func beginSteadyState(_ steady: LatencyStatistics) { state.withLock { $0.steady = steady } }

  /// - Parameter isSteady: Whether the record was sent behind the warm-up.
  func note(
    _ result: Result<RecordMetadata, KafkaError>, since start: Int64, bytes: Int64, isSteady: Bool
  ) {
    if case .failure(let error) = result {
      console.errors.write(FailureText.logged(error) + "\n")
      return
    }
    let now = Clock.monotonicMicroseconds()
    let latency = (now - start) / 1_000
    let line = state.withLock { state in
      // Kafka counts a record of the steady state in both, and prints the lines of the second.
      let line = state.all.note(latencyMilliseconds: latency, bytes: bytes, now: now / 1_000)
      guard isSteady else { return line }
      return state.steady?.note(latencyMilliseconds: latency, bytes: bytes, now: now / 1_000)
    }
    guard let line else { return }
    console.output.write(line)
    console.output.flush()
  }

  func finish() {
    let now = Clock.monotonicMilliseconds()
    let totals = state.withLock { state in
      state.all.total(now: now) + (state.steady?.total(now: now) ?? "")
    }
    console.output.write(totals)
  }
}
