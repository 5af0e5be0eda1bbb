import ActaModel
import LogStorage
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
    var isWriterWaiting = false
  }

  private let monitor: Monitor<State>
  private let maxBytes: Int

  init(maxBytes: Int) {
    self.maxBytes = maxBytes
    monitor = Monitor(State())
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
    let work = monitor.wait(until: end) { state -> Work? in
      state.takeDue()
      if !state.requests.isEmpty || !state.looks.isEmpty {
        state.isWriterWaiting = false
        return .group(state.takeGroup(maxGroupWeight), looks: state.takeLooks())
      }
      switch state.phase {
      case .open: break
      case .closing, .stopped: return .finished
      }
      // It has come since.
      if state.nextDue < end { return .idle }
      state.isWriterWaiting = true
      return nil
    }
    return work ?? .idle
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

  /// A signal costs a system call: one is sent only if the writer sleeps and has not had one yet.
  fileprivate mutating func takeWakeUp() -> Bool {
    defer { isWriterWaiting = false }
    return isWriterWaiting
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
