import Synchronization

/// The broker's configuration as it is now. Whoever goes by it asks here each time and keeps no copy,
/// so that a change is one write, which the next request on every connection sees.
///
/// One value with a version: what is worked out from it (`TopicSettings`, groups' settings) is kept
/// with the version that it came from and worked out anew when that is no longer the newest.
///
/// Any thread may read and write. Reading takes a lock for as long as it takes to copy one reference.
package final class LiveConfig: Sendable {
  /// The configuration between two changes.
  package struct Snapshot: Sendable {
    /// Counted from 1; it never comes twice.
    package let version: UInt64
    package let config: BrokerConfig
  }

  private struct State {
    var snapshot: Snapshot
    var observers: [@Sendable () -> Void] = []
  }

  private let state: Mutex<State>

  package init(_ config: BrokerConfig) {
    state = Mutex(State(snapshot: Snapshot(version: 1, config: config)))
  }

  package var snapshot: Snapshot { state.withLock { $0.snapshot } }

  package var current: BrokerConfig { snapshot.config }

  /// Puts another configuration in the place of the present one.
  ///
  /// What a node was bound to when it started cannot change: its id, which clients know it by, and its
  /// listeners.
  package func replace(with config: BrokerConfig) {
    let observers = state.withLock { state in
      let old = state.snapshot
      precondition(config.nodeID == old.config.nodeID, "a broker keeps its id")
      precondition(config.listeners == old.config.listeners, "a broker keeps its listeners")
      state.snapshot = Snapshot(version: old.version + 1, config: config)
      return state.observers
    }
    for observer in observers { observer() }
  }

  /// Calls `observer` after each change, on the thread that made it. For those who wait for a time that
  /// the configuration gives; whoever only reads need not be told.
  package func observe(_ observer: @escaping @Sendable () -> Void) {
    state.withLock { $0.observers.append(observer) }
  }
}
