import Coordination
import Synchronization

/// The requests of one kind that a coordinator has not answered yet: who is to be told, by token.
///
/// Each is told once, by what comes first: the coordinator, a refusal of the storage, or the end.
/// An answer to a token that is not here goes nowhere.
final class WaitingRequests<Answer: Sendable>: Sendable {
  private struct Waiting {
    /// The coordinator knows of it.
    var isTaken = false
    /// What the coordinator knew of it has been undone.
    var isAbandoned = false
    let respond: @Sendable (Answer) -> Void
  }

  private struct State {
    var isStopped = false
    var waiting: [ReplyToken: Waiting] = [:]
  }

  private let state = Mutex(State())

  var count: Int { state.withLock { $0.waiting.count } }

  /// False when no request may wait any more.
  func add(_ token: ReplyToken, respond: @escaping @Sendable (Answer) -> Void) -> Bool {
    state.withLock { state in
      guard !state.isStopped else { return false }
      let earlier = state.waiting.updateValue(Waiting(respond: respond), forKey: token)
      precondition(earlier == nil, "token \(token.value) was given twice")
      return true
    }
  }

  func answer(_ token: ReplyToken, with answer: Answer) {
    let waiting = state.withLock { $0.waiting.removeValue(forKey: token) }
    waiting?.respond(answer)
  }

  /// Answers all, and lets no request wait any more.
  func stop(with answer: Answer) {
    let waiting = state.withLock { state in
      state.isStopped = true
      defer { state.waiting = [:] }
      return state.waiting.sorted { $0.key.value < $1.key.value }.map(\.value)
    }
    for request in waiting { request.respond(answer) }
  }

  // MARK: When decisions are undone

  /// The coordinator is given the request, perhaps for the second time.
  func take(_ token: ReplyToken) {
    state.withLock { state in
      state.waiting[token]?.isTaken = true
      state.waiting[token]?.isAbandoned = false
    }
  }

  /// Nothing is left of what the coordinator knew: not of the requests that waited in it, nor of
  /// answers that it had given and that had not left. Returns all of these.
  func abandonAll() -> [ReplyToken] {
    state.withLock { state in
      let taken = state.waiting.filter(\.value.isTaken).keys.sorted { $0.value < $1.value }
      for token in taken { state.waiting[token]?.isAbandoned = true }
      return taken
    }
  }

  func abandon(_ tokens: [ReplyToken]) {
    state.withLock { state in
      for token in tokens { state.waiting[token]?.isAbandoned = true }
    }
  }

  /// Answers those that are still abandoned.
  func dismiss(_ tokens: [ReplyToken], with answer: Answer) {
    for token in tokens {
      let isAbandoned = state.withLock { $0.waiting[token]?.isAbandoned == true }
      if isAbandoned { self.answer(token, with: answer) }
    }
  }
}
