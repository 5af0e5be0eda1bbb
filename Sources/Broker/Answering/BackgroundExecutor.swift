/// A thread that nobody else needs, on which large answers are made, one after another: the threads of
/// connections and the writer meanwhile serve others.
package protocol BackgroundExecutor: Sendable {
  /// Runs `body` behind all that was given before.
  func execute(_ body: @escaping @Sendable () -> Void)
}

/// On the caller's thread, where there is nobody else.
package struct Immediately: BackgroundExecutor {
  package init() {}
  package func execute(_ body: @escaping @Sendable () -> Void) { body() }
}
