import Synchronization

/// How a client takes its answers, as far as those who make answers have to know. The transport writes
/// it, any thread reads it.
package final class ClientPace: Sendable {
  private let prompt = Atomic<Bool>(true)
  private let gone = Atomic<Bool>(false)

  package init() {}

  /// The client has taken all that it was sent, and without delay; until the contrary is seen.
  package var isPrompt: Bool {
    get { prompt.load(ordering: .relaxed) }
    set { prompt.store(newValue, ordering: .relaxed) }
  }

  /// The connection is closed: nobody waits for an answer any more.
  package var isGone: Bool {
    get { gone.load(ordering: .relaxed) }
    set { gone.store(newValue, ordering: .relaxed) }
  }
}
