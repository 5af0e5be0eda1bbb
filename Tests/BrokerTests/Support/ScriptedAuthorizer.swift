import KafkaWire
import Synchronization

@testable import Broker

/// Refuses what a test says, and remembers what it was asked.
final class ScriptedAuthorizer: Authorizer {
  private struct State {
    var refuses: @Sendable (AccessQuestion) -> Bool = { _ in false }
    var questions: [AccessQuestion] = []
  }

  private let state = Mutex(State())

  func refuse(_ question: @escaping @Sendable (AccessQuestion) -> Bool) {
    state.withLock { $0.refuses = question }
  }

  func allowAll() { refuse { _ in false } }

  /// What was asked since the last time.
  func takeQuestions() -> [AccessQuestion] {
    state.withLock { state in
      defer { state.questions = [] }
      return state.questions
    }
  }

  func allows(_ question: AccessQuestion) -> Bool {
    state.withLock { state in
      state.questions.append(question)
      return !state.refuses(question)
    }
  }
}
