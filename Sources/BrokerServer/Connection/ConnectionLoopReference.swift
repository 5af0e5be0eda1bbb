import Transport

/// A `ConnectionLoop` as other threads know it.
struct ConnectionLoopReference: Sendable {
  private let loop: LoopReference
  private let connections: LoopBound<ConnectionLoop>

  /// To be made on the loop's thread.
  init(_ connections: ConnectionLoop) {
    loop = connections.executor.loop
    self.connections = LoopBound(connections)
  }

  /// At once on the loop's own thread, later on any other.
  func execute(_ body: @escaping @Sendable (ConnectionLoop) -> Void) {
    if connections.isOnLoop {
      body(connections.value)
    } else {
      loop.execute { [connections] in body(connections.value) }
    }
  }

  /// Waits until it is done. Not to be called on the loop's thread.
  func wait(_ body: @escaping @Sendable (ConnectionLoop) -> Void) {
    _ = loop.submit { [connections] _ in body(connections.value) }
  }
}
