import ClientCore
import Synchronization
import Threads
import Transport

/// A producer of bytes: its buffer, and the thread that sends what is in there.
final class ProducerCore: Sendable {
  private enum Phase {
    case new
    case working(EventLoopThread, LoopBound<ProducerEngine>)
    case closing
    case closed
  }

  private let settings: ProducerSettings
  private let network: NetworkSettings
  private let maxBlockMilliseconds: Int64
  private let buffer: ProducerBuffer
  private let phase = Mutex(Phase.new)
  private let end = AsyncSignal()
  private let closed = AsyncSignal()

  init(_ configuration: ProducerConfiguration) throws(ClientFailure) {
    settings = try configuration.producerSettings()
    network = try configuration.networkSettings()
    maxBlockMilliseconds = configuration.maxBlockMilliseconds
    buffer = ProducerBuffer(settings, choice: configuration.choice)
  }

  deinit {
    // Nobody can wait for anything any more.
    if case .working(let thread, let engine) = phase.withLock({ $0 }) {
      Self.stop(thread, engine) {}
    }
  }

  // MARK: Its life

  func start() throws(ClientFailure) {
    let isOver = phase.withLock { phase in
      switch phase {
      case .working: return false
      case .closing, .closed: return true
      case .new:
        phase = begin()
        return false
      }
    }
    if isOver { throw Self.isClosed }
  }

  private func begin() -> Phase {
    let thread = EventLoopThread(name: "acta-producer")
    let (buffer, settings, networkSettings) = (buffer, settings, network)
    let engine = thread.loop.submit { loop in
      let timeout = networkSettings.connectionSetupTimeoutMilliseconds
      let network = ClientNetwork(networkSettings, on: loop) { endpoint in
        SocketLink(to: endpoint, withinMilliseconds: timeout, on: loop)
      }
      return LoopBound(ProducerEngine(buffer, settings, network: network, on: loop))
    }
    guard let engine else { preconditionFailure("a loop that has just begun has not stopped") }
    return .working(thread, engine)
  }

  /// Returns when the task is cancelled or the producer is closed.
  func ended() async { await end.wait() }

  func close() async {
    let work: (EventLoopThread, LoopBound<ProducerEngine>)? = phase.withLock { phase in
      switch phase {
      case .new:
        phase = .closed
        return nil
      case .working(let thread, let engine):
        phase = .closing
        return (thread, engine)
      case .closing, .closed: return nil
      }
    }
    buffer.refuse(Self.isClosed)
    end.set()
    guard let (thread, engine) = work else {
      // Another call is at it, or has been.
      if case .closing = phase.withLock({ $0 }) { await closed.wait() }
      return
    }
    // Shielded: a task that is cancelled still waits for what it has sent.
    await Task.detached { [buffer] in
      await buffer.flush { thread.loop.execute { engine.value.wake() } }
      await withCheckedContinuation { continuation in
        Self.stop(thread, engine) { continuation.resume() }
      }
    }.value
    phase.withLock { $0 = .closed }
    closed.set()
  }

  /// Joining a thread blocks, which a task must not.
  private static func stop(
    _ thread: EventLoopThread, _ engine: LoopBound<ProducerEngine>,
    _ done: @escaping @Sendable () -> Void
  ) {
    WorkerThread.detached(name: "acta-close") {
      _ = thread.loop.submit { _ in engine.value.close() }
      thread.stop()
      done()
    }
  }

  private static let isClosed = ClientFailure(.closed, "The producer is closed.")

  private func working() throws(ClientFailure) -> (EventLoopThread, LoopBound<ProducerEngine>) {
    switch phase.withLock({ $0 }) {
    case .working(let thread, let engine): return (thread, engine)
    case .closing, .closed: throw Self.isClosed
    case .new:
      throw ClientFailure(
        .notRunning,
        "The producer does not work yet: call start() first, or have its run() run in a task.")
    }
  }

  // MARK: Sending

  func enqueue(_ record: EncodedRecord, _ completion: ProduceCompletion?) async throws {
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
    let (thread, engine) = try working()
    var deadline: Int64?
    while true {
      switch try buffer.append(record, completion) {
      case .appended(let wakesSender):
        if wakesSender { thread.loop.execute { engine.value.wake() } }
        return
      case .mustWait(let isTopicUnknown, let turn):
        let now = Clock.monotonicMilliseconds()
        let until = deadline ?? now + maxBlockMilliseconds
        deadline = until
        if now >= until { throw await objection(to: record, isTopicUnknown, engine, thread) }
        if isTopicUnknown { thread.loop.execute { engine.value.follow(record.topic) } }
        await buffer.wait(since: turn, bytes: record.bytes) { waiter in
          thread.loop.execute { engine.value.wake(waiter, afterMilliseconds: until - now) }
        }
        if Task.isCancelled {
          throw ClientFailure(.timedOut, "The task was cancelled before the record was taken.")
        }
      }
    }
  }

  private func objection(
    to record: EncodedRecord, _ isTopicUnknown: Bool, _ engine: LoopBound<ProducerEngine>,
    _ thread: EventLoopThread
  ) async -> ClientFailure {
    let waited = "waited for \(maxBlockMilliseconds) ms (max.block.ms)"
    guard isTopicUnknown else {
      return ClientFailure(
        .bufferFull, "No room in \(settings.bufferMemory) bytes (buffer.memory): \(waited).",
        topic: record.topic)
    }
    let found = await withCheckedContinuation { continuation in
      WorkerThread.detached(name: "acta-ask") {
        continuation.resume(
          returning: thread.loop.submit { _ in engine.value.objection(to: record.topic) })
      }
    }
    guard let found else { return Self.isClosed }
    return ClientFailure(found.reason, "\(found.sentence) (\(waited))", topic: record.topic)
  }

  func flush() async {
    guard let (thread, engine) = try? working() else { return }
    await buffer.flush { thread.loop.execute { engine.value.wake() } }
  }
}
