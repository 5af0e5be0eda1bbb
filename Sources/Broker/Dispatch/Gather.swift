import Synchronization

/// Collects the results of several asynchronous operations and reports them once, in order, when
/// the last has arrived. Operations may finish on any thread, also before `start` returns.
final class Gather<Value: Sendable>: Sendable {
  private struct State {
    var values: [Value?]
    var missing: Int
  }

  private let state: Mutex<State>
  private let completion: @Sendable ([Value]) -> Void

  /// - Precondition: `count` > 0; with nothing to gather there is no last result.
  init(count: Int, completion: @escaping @Sendable ([Value]) -> Void) {
    precondition(count > 0, "nothing to gather")
    state = Mutex(State(values: Array(repeating: nil, count: count), missing: count))
    self.completion = completion
  }

  func put(_ value: Value, at index: Int) {
    let complete: [Value]? = state.withLock { state in
      precondition(state.values[index] == nil, "result \(index) arrived twice")
      state.values[index] = value
      state.missing -= 1
      return state.missing == 0 ? state.values.compactMap(\.self) : nil
    }
    if let complete { completion(complete) }
  }
}
