package import LogEngine
package import LogStorage
package import SQLiteStore

/// What may be tuned of a log on SQLite: the engine's options and the store's, by their own names.
@dynamicMemberLookup
package struct LogOptions: Sendable {
  package var engine = EngineOptions()
  package var store = SQLiteOptions()

  package init() {}

  package subscript<Value>(dynamicMember path: WritableKeyPath<EngineOptions, Value>) -> Value {
    get { engine[keyPath: path] }
    set { engine[keyPath: path] = newValue }
  }

  package subscript<Value>(dynamicMember path: WritableKeyPath<SQLiteOptions, Value>) -> Value {
    get { store[keyPath: path] }
    set { store[keyPath: path] = newValue }
  }

  /// Epoch milliseconds.
  package var now: @Sendable () -> Int64 {
    get { engine.now }
    set {
      engine.now = newValue
      store.now = newValue
    }
  }

  package var log: @Sendable (LogLevel, String) -> Void {
    get { engine.log }
    set {
      engine.log = newValue
      store.log = newValue
    }
  }
}
