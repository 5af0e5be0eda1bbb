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

  func close() async {
    buffer.refuse(life.isClosed)
    await life.close { [buffer] work in
      await buffer.flush { work.execute { $0.wake() } }
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

  private func put(
    _ record: EncodedRecord, _ completion: ProduceCompletion?
  ) async throws(ClientFailure) {
    let work = try life.working()
    var deadline: Int64?
    while true {
      switch try buffer.append(record, completion) {
      case .appended(let wakesSender):
        if wakesSender { work.execute { $0.wake() } }
        return
      case .mustWait(let isTopicUnknown, let turn):
        let now = Clock.monotonicMilliseconds()
        let until = deadline ?? Clock.monotonicDeadline(afterMilliseconds: maxBlockMilliseconds)
        deadline = until
        if now >= until { throw await objection(to: record.topic, isTopicUnknown, work) }
        if isTopicUnknown { work.execute { $0.follow(record.topic) } }
        await buffer.wait(since: turn, until: until) {
          work.execute { $0.noteCaller(until: until) }
        }
        if Task.isCancelled {
          throw ClientFailure(.timedOut, "The task was cancelled before the record was taken.")
        }
      }
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
      return ClientFailure(found.reason, "\(found.sentence) (\(waited))", topic: topic)
    } catch {
      return error
    }
  }
}
