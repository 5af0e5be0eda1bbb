import Coordinators
import Synchronization

/// The requests of one kind that a coordinator has not answered yet: who is to be told, by token.
///
/// Each is told once, by whoever comes first: the coordinator, a refusal of the storage, or the end.
/// An answer to a token that is not here goes nowhere.
final class WaitingRequests<Answer: Sendable>: Sendable {
  private struct Waiting {
    let respond: @Sendable (Answer) -> Void
  }

  private struct State {
    var isStopped = false
    var waiting: [ReplyToken: Waiting] = [:]
  }

  private let state = Mutex(State())

  var count: Int { state.withLock { $0.waiting.count } }

  /// False when nobody may wait any more.
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

  /// Answers everyone, and lets nobody wait any more.
  func stop(with answer: Answer) {
    let waiting = state.withLock { state in
      state.isStopped = true
      defer { state.waiting = [:] }
      return state.waiting.sorted { $0.key.value < $1.key.value }.map(\.value)
    }
    for request in waiting { request.respond(answer) }
  }
}
