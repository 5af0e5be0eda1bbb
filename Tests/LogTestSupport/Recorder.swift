import Synchronization

/// Collects what callbacks report.
package final class Recorder<Value: Sendable>: Sendable {
  private let state = Mutex<[Value]>([])

  package init() {}

  package func append(_ value: Value) { state.withLock { $0.append(value) } }
  package var values: [Value] { state.withLock { $0 } }
}
