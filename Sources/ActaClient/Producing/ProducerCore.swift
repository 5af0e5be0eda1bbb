import ClientCore
import Threads

/// A producer of bytes: its buffer, and the thread that sends what is in there.
final class ProducerCore: Sendable {
  private let bufferMemory: Int
  let maxBlockMilliseconds: Int64
  let tracer: (any ClientTracer)?
  private let buffer: ProducerBuffer
  let life: ClientLife<ProducerEngine>

  init(
    _ configuration: ProducerConfiguration, over makeLink: LinkMaker?
  ) throws(ClientFailure) {
    let settings = try configuration.producerSettings()
    let network = try configuration.networkSettings()
    bufferMemory = settings.bufferMemory
    maxBlockMilliseconds = configuration.maxBlockMilliseconds
    tracer = configuration.instruments.tracer
    let buffer = ProducerBuffer(settings, choice: configuration.choice)
    self.buffer = buffer
    life = ClientLife("producer") { loop in
      ProducerEngine(
        buffer, settings, network: ClientNetwork(network, on: loop, over: makeLink), on: loop)
    }
  }

  // MARK: Its life

  func start() throws(ClientFailure) { try life.start() }

  /// Returns when the task is cancelled or the producer is closed.
  func ended() async { await life.ended() }

  /// - Parameter limit: Milliseconds, after which what is left is given up.
  func close(withinMilliseconds limit: Int64) async {
    buffer.refuse(life.isClosed)
    await life.close { [buffer] work in
      await buffer.flush {
        work.execute { engine in
          engine.wake()
          engine.giveUp(afterMilliseconds: limit)
        }
      }
      // Nothing is to be told of it; it has only to be there.
      _ = try? await work.ask {
        (engine, answer: @escaping @Sendable (Result<Void, ClientFailure>) -> Void) in
        engine.settleUnanswered(withinMilliseconds: limit) { answer(.success(())) }
      }
    }
  }

  func flush() async throws(ClientFailure) {
    let work = try life.working()
    await buffer.flush { work.execute { $0.wake() } }
  }

  // MARK: Sending

  func enqueue(
    _ record: EncodedRecord, _ completion: ProduceCompletion?
  ) async throws {
    do throws(ClientFailure) {
      try await put(record, completion)
    } catch {
      try Task.checkCancellation()
      throw KafkaError(error)
    }
  }

  /// The same without waiting.
  ///
  /// - Returns: Whether the record was taken.
  func takes(
    _ record: OutgoingRecord, to topic: String, _ completion: ProduceCompletion?
  ) throws(ClientFailure) -> Bool {
    try life.check()
    guard
      case .appended(let wakesSender) = try buffer.append(
        record, to: topic, partition: nil, completion)
    else { return false }
    if wakesSender { life.execute { $0.wake() } }
    return true
  }

  private func put(
    _ record: EncodedRecord, _ completion: ProduceCompletion?
  ) async throws(ClientFailure) {
    try life.check()
    var deadline: Int64?
    var hasLooked = false
    while true {
      switch try buffer.append(record, completion) {
      case .appended(let wakesSender):
        // What was put in is sent, also by one who closes meanwhile.
        if wakesSender { life.execute { $0.wake() } }
        return
      case .unknownPartition(let number, let count):
        // It may have come since the topic was last looked at.
        if hasLooked || number < 0 { throw Self.noPartition(number, of: record.topic, count) }
        hasLooked = true
        try await look(at: record.topic, try life.working())
      case .mustWait(let isTopicUnknown, let turn):
        let work = try life.working()
        let now = Clock.monotonicMilliseconds()
        let until = deadline ?? Clock.monotonicDeadline(afterMilliseconds: maxBlockMilliseconds)
        deadline = until
        if now >= until { throw await objection(to: record.topic, isTopicUnknown, work) }
        if isTopicUnknown { try await follow(record.topic, work) }
        await buffer.wait(since: turn, until: until) {
          work.execute { $0.noteCaller(until: until) }
        }
        if Task.isCancelled {
          throw ClientFailure(.timedOut, "The task was cancelled before the record was taken.")
        }
      }
    }
  }

  /// Has the topic asked about.
  ///
  /// - Throws: What the cluster has refused it with, if that does not pass by waiting.
  private func follow(
    _ topic: String, _ work: ClientLife<ProducerEngine>.Work
  ) async throws(ClientFailure) {
    try await work.ask { (engine, answer: (Result<Void, ClientFailure>) -> Void) in
      let refusal = engine.takeRefusal(of: topic)
      engine.follow(topic)
      answer(refusal.map { .failure($0) } ?? .success(()))
    }
  }

  private static func noPartition(
    _ number: Int32, of topic: String, _ count: Int
  ) -> ClientFailure {
    guard number >= 0 else {
      return ClientFailure(
        .invalidArgument,
        "Invalid partition: \(number). Partition number should always be non-negative or null.",
        topic: topic, partition: number)
    }
    return ClientFailure(
      .invalidArgument, "There is no partition \(number) of \(topic), which has \(count).",
      topic: topic, partition: number)
  }

  /// Has the topic asked about once, and waits until that is answered.
  private func look(
    at topic: String, _ work: ClientLife<ProducerEngine>.Work
  ) async throws(ClientFailure) {
    let limit = maxBlockMilliseconds
    try await work.askUnlessCancelled { engine, answer in
      engine.look(at: topic, withinMilliseconds: limit) { answer($0) }
    }
  }

  private func objection(
    to topic: String, _ isTopicUnknown: Bool, _ work: ClientLife<ProducerEngine>.Work
  ) async -> ClientFailure {
    let waited = "waited for \(maxBlockMilliseconds) ms (max.block.ms)"
    guard isTopicUnknown else {
      return ClientFailure(
        .bufferFull, "No room in \(bufferMemory) bytes (buffer.memory): \(waited).", topic: topic)
    }
    do throws(ClientFailure) {
      let found = try await work.ask { engine, answer in
        answer(.success(engine.objection(to: topic)))
      }
      // What may pass has taken too long.
      var failure = ClientFailure(
        found.isRetriable ? .timedOut : found.reason, "\(found.sentence) (\(waited))", topic: topic)
      failure.message =
        found.isRetriable
        ? "Topic \(topic) not present in metadata after \(maxBlockMilliseconds) ms." : found.message
      return failure
    } catch {
      return error
    }
  }
}
