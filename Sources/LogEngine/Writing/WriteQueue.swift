import ActaModel
import LogStorage
import Synchronization
import Threads

/// The bounded queue in front of the writer thread.
final class WriteQueue: Sendable {
  fileprivate enum Phase {
    case open
    case closing
    case stopped(StorageError)
  }

  fileprivate struct State {
    var phase = Phase.open
    var requests: [WriteRequest] = []
    /// Those that are to wait, and until when, monotonic milliseconds.
    var later: [(request: WriteRequest, due: Int64)] = []
    /// Looks at the database that run between turns (only with a database in memory).
    var looks: [@Sendable (LogWriter) -> Void] = []
    var bytes = 0
    /// The writer's thread waits and was not woken yet.
    var isWriterWaiting = false
    /// Somebody else works with the writer, and its thread must not.
    var isLent = false
    /// There is something that only its thread does.
    var isThreadNeeded = false
    var callers: LoneCallers
  }

  /// Appends that nobody has been told of yet what came of them.
  private let unanswered = Atomic(0)

  private let monitor: Monitor<State>
  private let maxBytes: Int

  init(maxBytes: Int, lending: WriterLending = .none) {
    self.maxBytes = maxBytes
    monitor = Monitor(State(callers: LoneCallers(lending)))
  }

  /// Bytes of requests that are not yet committed.
  var queuedBytes: Int { monitor.withLock { $0.bytes } }

  /// Requests that nobody has begun with.
  var queuedRequests: Int { monitor.withLock { $0.requests.count } }

  var isEmpty: Bool { monitor.withLock { $0.requests.isEmpty && $0.looks.isEmpty } }

  /// - Parameter pause: Milliseconds before which nobody begins with it, unless the queue is closed.
  func enqueue(_ request: WriteRequest, after pause: Int64 = 0) {
    let due = pause > 0 ? Clock.monotonicMilliseconds() + pause : nil
    if let refusal = admit(request, due: due) { request.refuse(refusal) }
  }

  private func admit(_ request: WriteRequest, due: Int64?) -> StorageError? {
    var mustSignal = false
    let refusal = monitor.withLock { state -> StorageError? in
      switch state.phase {
      case .closing: return .closed
      case .stopped(let error): return error
      case .open: break
      }
      guard state.bytes + request.bytes <= maxBytes || state.bytes == 0 else { return .overloaded }
      if let due {
        state.later.append((request, due))
        // Its thread has to work out anew when it is to wake.
        if state.isLent { state.isThreadNeeded = true }
      } else {
        state.requests.append(request)
      }
      state.bytes += request.bytes
      mustSignal = state.takeWakeUp()
      return nil
    }
    if mustSignal { monitor.signal() }
    return refusal
  }

  /// An append has come; its answer must be noted. True if nobody else waits for one.
  func noteAppend() -> Bool { unanswered.add(1, ordering: .relaxed).oldValue == 0 }

  func noteAnswer() { unanswered.subtract(1, ordering: .relaxed) }

  /// Lends the writer for a request, if nothing else is to be done: whoever is told so does it at once, on the
  /// calling thread, and then calls `giveBack`. Else the request must be queued.
  ///
  /// - Parameter isAlone: No other append waits for its answer.
  func borrow(for request: WriteRequest, isAlone: Bool) -> Bool {
    let time = Clock.monotonicMicroseconds()
    return monitor.withLock { state in
      guard case .open = state.phase, request.weight <= state.callers.lending.maxWeight else {
        return false
      }
      guard state.callers.take(isAlone: isAlone, at: time), state.isWriterWaiting, !state.isLent,
        !state.hasWork
      else { return false }
      state.isLent = true
      state.bytes += request.bytes
      return true
    }
  }

  /// - Parameters:
  ///   - rest: What has to be done by the writer's thread all the same, before anything else.
  ///   - isThreadNeeded: There is something else for it to do.
  func giveBack(rest: [WriteRequest] = [], isThreadNeeded: Bool) {
    let time = Clock.monotonicMicroseconds()
    let mustSignal = monitor.withLock { state in
      state.isLent = false
      state.callers.loanEnded(at: time)
      state.requests.insert(contentsOf: rest, at: 0)
      if isThreadNeeded { state.isThreadNeeded = true }
      return state.hasWork ? state.takeWakeUp() : false
    }
    if mustSignal { monitor.signal() }
  }

  /// False when the storage is closed.
  func enqueueLook(_ look: @escaping @Sendable (LogWriter) -> Void) -> Bool {
    var mustSignal = false
    let isAccepted = monitor.withLock { state -> Bool in
      guard case .open = state.phase else { return false }
      state.looks.append(look)
      mustSignal = state.takeWakeUp()
      return true
    }
    if mustSignal { monitor.signal() }
    return isAccepted
  }

  /// Refuses new requests; those that wait are still applied.
  func close() {
    monitor.update { state in
      if case .open = state.phase { state.phase = .closing }
    }
  }

  /// Refuses new requests with `error`, and returns those that waited.
  func stop(_ error: StorageError) -> [WriteRequest] {
    monitor.update { state in
      state.phase = .stopped(error)
      defer {
        state.requests = []
        state.later = []
        state.bytes = 0
      }
      return state.requests + state.later.map(\.request)
    }
  }

  enum Work {
    case group([WriteRequest], looks: [@Sendable (LogWriter) -> Void])
    case idle
    case finished
  }

  /// Waits for work, at most until `deadline` (monotonic milliseconds).
  func next(maxGroupWeight: Int, until deadline: Int64) -> Work {
    let end = min(deadline, monitor.withLock { $0.nextDue })
    let work = monitor.wait(until: end) { $0.next(maxGroupWeight, until: end) }
    // In its time, but not before the writer is back.
    return work ?? monitor.wait { $0.next(maxGroupWeight, until: .max, isTimeUp: true) }
  }

  /// The group's requests have been answered or at least committed.
  func finished(bytes: Int) {
    monitor.withLock { $0.bytes = max(0, $0.bytes - bytes) }
  }
}

extension WriteQueue.State {
  fileprivate var nextDue: Int64 { later.map(\.due).min() ?? .max }

  fileprivate mutating func takeDue() {
    if later.isEmpty { return }
    var time = Clock.monotonicMilliseconds()
    if case .closing = phase { time = .max }
    requests += later.filter { $0.due <= time }.map(\.request)
    later.removeAll { $0.due <= time }
  }

  /// A signal costs a system call: one is sent only if the writer sleeps and has not had one yet. While it is
  /// lent, it is sent when that ends.
  fileprivate mutating func takeWakeUp() -> Bool {
    if isLent { return false }
    defer { isWriterWaiting = false }
    return isWriterWaiting
  }

  /// For the writer's thread.
  fileprivate var hasWork: Bool {
    if case .open = phase { !requests.isEmpty || !looks.isEmpty || isThreadNeeded } else { true }
  }

  /// What the writer's thread does next; `nil` while it has to wait.
  fileprivate mutating func next(
    _ maxGroupWeight: Int, until end: Int64, isTimeUp: Bool = false
  ) -> WriteQueue.Work? {
    isWriterWaiting = true
    if isLent {
      if isTimeUp { isThreadNeeded = true }
      return nil
    }
    takeDue()
    // What has fallen due since `end` was worked out.
    guard hasWork || isTimeUp || nextDue < end else { return nil }
    isWriterWaiting = false
    isThreadNeeded = false
    if !requests.isEmpty || !looks.isEmpty {
      return .group(takeGroup(maxGroupWeight), looks: takeLooks())
    }
    if case .open = phase { return .idle }
    return .finished
  }

  fileprivate mutating func takeGroup(_ maxWeight: Int) -> [WriteRequest] {
    var taken = 0
    var total = 0
    while taken < requests.count, taken == 0 || total + requests[taken].weight <= maxWeight {
      total += requests[taken].weight
      taken += 1
    }
    if taken == requests.count {
      defer { requests = [] }
      return requests
    }
    let group = Array(requests[..<taken])
    requests.removeFirst(taken)
    return group
  }

  fileprivate mutating func takeLooks() -> [@Sendable (LogWriter) -> Void] {
    defer { looks = [] }
    return looks
  }
}
