import ActaModel
import Synchronization

/// What is set on brokers and groups, as everybody may know it: posted once it is synced, and before the
/// answers that wait for the same sync leave.
final class ConfigBoard: Sendable {
  private struct State {
    var overrides = ConfigOverrides()
    var observer: (@Sendable (ConfigOverrides) -> Void)?
  }

  private let state = Mutex(State())

  var overrides: ConfigOverrides { state.withLock { $0.overrides } }

  func observe(_ observer: @escaping @Sendable (ConfigOverrides) -> Void) {
    state.withLock { $0.observer = observer }
  }

  func post(_ overrides: ConfigOverrides) {
    let observer = state.withLock { state in
      state.overrides = overrides
      return state.observer
    }
    observer?(overrides)
  }
}
