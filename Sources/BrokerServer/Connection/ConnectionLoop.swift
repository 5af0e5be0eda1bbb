import Threads
import Transport

/// The connections of one event loop, and what they do together: look at the clock, wait for memory,
/// stop. Only its event loop touches it.
final class ConnectionLoop {
  private static let memoryPollMilliseconds: Int64 = 5

  let eventLoop: EventLoop
  let executor: LoopExecutor
  private let services: ServerServices
  private var listeners: [SocketListener] = []
  private var connections: [UInt64: ConnectionHandler] = [:]
  private var heldBack: [ConnectionHandler] = []
  private var isMemoryPolled = false
  private var isStopping = false

  init(eventLoop: EventLoop, services: ServerServices) {
    self.eventLoop = eventLoop
    self.services = services
    executor = LoopExecutor(loop: LoopReference(eventLoop))
    scheduleSweep()
  }

  func add(_ listener: SocketListener) { listeners.append(listener) }

  func add(_ connection: ConnectionHandler) {
    connections[connection.id] = connection
    if isStopping { connection.stop() }
  }

  func remove(_ connection: ConnectionHandler) {
    connections[connection.id] = nil
    // It holds this loop, and once the loop has stopped no poll lets go of it.
    if !heldBack.isEmpty { heldBack.removeAll { $0 === connection } }
  }

  // MARK: Memory

  /// Lets the connection go on when memory is free again. That is polled: it depends on other loops
  /// and on the storage, and nobody waits for it but peers who send faster than we can take.
  func waitForMemory(_ connection: ConnectionHandler) {
    heldBack.append(connection)
    pollMemory()
  }

  private func pollMemory() {
    if isMemoryPolled || heldBack.isEmpty { return }
    isMemoryPolled = true
    eventLoop.schedule(afterMilliseconds: Self.memoryPollMilliseconds) {
      let waiting = self.heldBack
      self.heldBack = []
      // One that goes on may have to wait again before the others have been asked.
      defer {
        self.isMemoryPolled = false
        self.pollMemory()
      }
      for connection in waiting where !connection.goesOn() { self.heldBack.append(connection) }
    }
  }

  // MARK: Time

  private func scheduleSweep() {
    eventLoop.schedule(afterMilliseconds: services.configuration.sweepMilliseconds) {
      let now = self.executor.nowMilliseconds
      let maxIdle = self.services.configuration.limits().maxIdleMilliseconds
      for connection in Array(self.connections.values) {
        connection.checkTimes(at: now, maxIdleMilliseconds: maxIdle)
      }
      self.services.log.reportSuppressed(at: now)
      self.scheduleSweep()
    }
  }

  // MARK: Stopping

  /// No other client comes in.
  func stopListening() {
    for listener in listeners { listener.close() }
    listeners = []
  }

  /// Connections take no more requests and close when what runs has been answered.
  func stop() {
    isStopping = true
    for connection in Array(connections.values) { connection.stop() }
  }

  func closeAll() {
    for connection in Array(connections.values) { connection.closeNow() }
  }
}
