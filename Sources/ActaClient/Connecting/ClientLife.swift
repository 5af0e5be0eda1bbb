import ClientCore
import Synchronization
import Threads
import Transport

/// What works on a client's thread. Only that thread touches it.
protocol ClientEngine: AnyObject, SendableMetatype {
  /// The client was dropped without having been closed: what others wait for is done, and `done` called then. It is
  /// not waited for long.
  func letGo(_ done: @escaping () -> Void)

  /// Ends all that is under way; whoever waits is told.
  func close()
}

extension ClientEngine {
  func letGo(_ done: @escaping () -> Void) { done() }
}

/// A client's thread between its start and its end, and what works on it.
final class ClientLife<Engine: ClientEngine>: Sendable {
  /// A thread that runs.
  struct Work: Sendable {
    fileprivate let thread: EventLoopThread
    fileprivate let engine: LoopBound<Engine>

    /// Runs `body` later on the client's thread; once that has ended it is dropped.
    func execute(_ body: @escaping @Sendable (Engine) -> Void) {
      thread.loop.execute { [engine] in body(engine.value) }
    }

    /// Has the client's thread answer. A task that is cancelled still waits; what is asked must be answered in
    /// bounded time, or when the engine closes.
    func ask<R: Sendable>(
      _ body:
        @escaping @Sendable (Engine, @escaping @Sendable (Result<R, ClientFailure>) -> Void) -> Void
    ) async throws(ClientFailure) -> R {
      let answer: Result<R, ClientFailure> = await withCheckedContinuation { continuation in
        let question = Question<R> { continuation.resume(returning: $0) }
        execute { engine in body(engine) { question.answer($0) } }
      }
      return try answer.get()
    }

    /// The same for a question that may take long: a task that is cancelled waits no longer, whatever becomes of
    /// what it has asked.
    func askUnlessCancelled<R: Sendable>(
      _ body:
        @escaping @Sendable (Engine, @escaping @Sendable (Result<R, ClientFailure>) -> Void) -> Void
    ) async throws(ClientFailure) -> R {
      let patience = Patience<R>()
      let answer: Result<R, ClientFailure> = await withTaskCancellationHandler {
        await withCheckedContinuation { continuation in
          let question = Question<R> { continuation.resume(returning: $0) }
          execute { engine in body(engine) { question.answer($0) } }
          patience.waits(for: question)
        }
      } onCancel: {
        patience.ends()
      }
      return try answer.get()
    }
  }

  private enum Phase {
    case new
    case working(Work)
    /// The thread runs until all is done that is to be done before.
    case closing(Work)
    case closed
  }

  private let kind: String
  private let make: @Sendable (EventLoop) -> Engine
  private let phase = Mutex(Phase.new)
  /// As the phase says, for who has no time to look.
  private let isAtWork = Atomic(false)
  private let end = AsyncSignal()
  private let closed = AsyncSignal()

  /// - Parameters:
  ///   - kind: `producer`, `consumer`: names the thread, and the client in sentences.
  ///   - make: Makes the engine, on the thread.
  init(_ kind: String, _ make: @escaping @Sendable (EventLoop) -> Engine) {
    self.kind = kind
    self.make = make
  }

  deinit {
    // Nobody can wait for anything any more.
    if case .working(let work) = phase.withLock({ $0 }) { Self.letGo(work) }
  }

  var isClosed: ClientFailure { ClientFailure(.closed, "The \(kind) is closed.") }

  func start() throws(ClientFailure) {
    let isOver = phase.withLock { phase in
      switch phase {
      case .working: return false
      case .closing, .closed: return true
      case .new:
        phase = .working(begin())
        isAtWork.store(true, ordering: .releasing)
        return false
      }
    }
    if isOver { throw isClosed }
  }

  private func begin() -> Work {
    let thread = EventLoopThread(name: "acta-\(kind)")
    guard let engine = thread.loop.submit({ [make] loop in LoopBound(make(loop)) }) else {
      preconditionFailure("a loop that has just begun has not stopped")
    }
    return Work(thread: thread, engine: engine)
  }

  /// Throws as `working` does.
  func check() throws(ClientFailure) {
    if !isAtWork.load(ordering: .acquiring) { _ = try working() }
  }

  /// Runs `body` later on the client's thread, unless that has ended.
  func execute(_ body: @escaping @Sendable (Engine) -> Void) {
    switch phase.withLock({ $0 }) {
    case .working(let work), .closing(let work): work.execute(body)
    case .new, .closed: break
    }
  }

  func working() throws(ClientFailure) -> Work {
    switch phase.withLock({ $0 }) {
    case .working(let work): return work
    case .closing, .closed: throw isClosed
    case .new:
      throw ClientFailure(
        .notRunning,
        "The \(kind) does not work yet: call start() first, or have its run() run in a task.")
    }
  }

  /// The same for what may be asked while the client closes, by those whom it tells of that: a listener commits what
  /// is revoked.
  func workingOrClosing() throws(ClientFailure) -> Work {
    if case .closing(let work) = phase.withLock({ $0 }) { return work }
    return try working()
  }

  /// Returns when the task is cancelled or the client is closed.
  func ended() async { await end.wait() }

  /// Ends the client once, whoever calls; all calls return when it has ended.
  ///
  /// - Parameter drain: What is done before, with the thread at work; not cut short by the task's cancellation.
  func close(_ drain: @escaping @Sendable (Work) async -> Void) async {
    let work: Work? = phase.withLock { phase in
      switch phase {
      case .new:
        phase = .closed
        return nil
      case .working(let work):
        phase = .closing(work)
        isAtWork.store(false, ordering: .releasing)
        return work
      case .closing, .closed: return nil
      }
    }
    end.set()
    guard let work else {
      if case .closing = phase.withLock({ $0 }) { await closed.waitShielded() }
      return
    }
    await Task.detached {
      await drain(work)
      await withCheckedContinuation { continuation in
        Self.stop(work) { continuation.resume() }
      }
    }.value
    phase.withLock { $0 = .closed }
    closed.set()
  }

  /// Joining a thread blocks, which a task must not.
  private static func stop(_ work: Work, _ done: @escaping @Sendable () -> Void) {
    WorkerThread.detached(name: "acta-close") {
      stop(work)
      done()
    }
  }

  private static func stop(_ work: Work) {
    _ = work.thread.loop.submit { _ in work.engine.value.close() }
    work.thread.stop()
  }

  /// How long a client that was dropped may take for its farewell.
  private static var farewellMilliseconds: Int64 { 3_000 }

  private static func letGo(_ work: Work) {
    WorkerThread.detached(name: "acta-close") {
      let isDone = Monitor(false)
      work.execute { engine in engine.letGo { isDone.update { $0 = true } } }
      let deadline = Clock.monotonicMilliseconds() + farewellMilliseconds
      _ = isDone.wait(until: deadline) { $0 ? true : nil }
      stop(work)
    }
  }
}

/// A task's, which may be cancelled before it has asked, while it waits, or when it has been answered.
private final class Patience<R: Sendable>: Sendable {
  private struct State {
    /// It must not keep the question from being dropped, which is an answer.
    weak var question: Question<R>?
    var isOver = false
  }

  private let state = Mutex(State())

  func waits(for question: Question<R>) {
    let isOver = state.withLock { state in
      state.question = question
      return state.isOver
    }
    if isOver { Self.giveUp(question) }
  }

  func ends() {
    let question = state.withLock { state in
      state.isOver = true
      return state.question
    }
    if let question { Self.giveUp(question) }
  }

  private static func giveUp(_ question: Question<R>) {
    question.answer(
      .failure(
        ClientFailure(
          .cancelled, "The task was cancelled; what it has asked for may have been done.")))
  }
}

/// Who is to be told something. Told once: a loop that has stopped drops what is on its way to it, and this with
/// it, which is an answer too.
private final class Question<R: Sendable>: Sendable {
  private struct State {
    var reply: (@Sendable (Result<R, ClientFailure>) -> Void)?
  }

  private let state: Mutex<State>

  init(_ reply: @escaping @Sendable (Result<R, ClientFailure>) -> Void) {
    state = Mutex(State(reply: reply))
  }

  deinit { answer(.failure(ClientFailure(.closed, "The client is closed."))) }

  func answer(_ result: Result<R, ClientFailure>) {
    let tell = state.withLock { $0.reply.take() }
    tell?(result)
  }
}
