import Synchronization

/// The least levels that are logged, which may change while a program runs: that of everybody, and those
/// of components that have their own.
package final class LogLevels: Sendable {
  private struct State {
    var root: Logger.Level
    var own: [String: Logger.Level] = [:]
  }

  private let state: Mutex<State>

  package init(_ root: Logger.Level) { state = Mutex(State(root: root)) }

  package var root: Logger.Level {
    get { state.withLock { $0.root } }
    set { state.withLock { $0.root = newValue } }
  }

  package subscript(component: String) -> Logger.Level {
    state.withLock { $0.own[component] ?? $0.root }
  }

  /// `nil`: that of everybody, from now on.
  package func set(_ level: Logger.Level?, of component: String) {
    state.withLock { $0.own[component] = level }
  }
}
