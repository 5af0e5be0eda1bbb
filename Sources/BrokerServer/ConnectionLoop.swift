import NIOCore

/// The connections of one event loop, and what they do together: receive into one buffer, flush once
/// a tick, look at the clock, wait for memory. Only its event loop touches it.
final class ConnectionLoop {
  private static let memoryPollMilliseconds: Int64 = 5

  let eventLoop: any EventLoop
  let mailbox: LoopMailbox
  let receiveBuffer = ReceiveBuffer()
  private let services: ServerServices
  private var connections: [UInt64: ConnectionHandler] = [:]
  private var unflushed: [ConnectionHandler] = []
  private var heldBack: [ConnectionHandler] = []
  private var isStopping = false
  private var isEnded = false

  init(eventLoop: any EventLoop, services: ServerServices) {
    self.eventLoop = eventLoop
    self.services = services
    mailbox = LoopMailbox(eventLoop: eventLoop)
    scheduleSweep()
  }

  func add(_ connection: ConnectionHandler) {
    connections[connection.id] = connection
    if isStopping { connection.stop() }
  }

  func remove(_ connection: ConnectionHandler) {
    connections[connection.id] = nil
  }

  // MARK: Flushing

  /// Flushes the connection at the end of this tick, together with whatever else it writes by then.
  func flushLater(_ connection: ConnectionHandler) {
    if unflushed.isEmpty { eventLoop.assumeIsolated().execute { self.flush() } }
    unflushed.append(connection)
  }

  private func flush() {
    let connections = unflushed
    unflushed.removeAll(keepingCapacity: true)
    for connection in connections { connection.flush() }
  }

  // MARK: Memory

  /// Lets the connection go on when memory is free again. That is polled: it depends on other loops
  /// and on the storage, and nobody waits for it but peers who send faster than we can take.
  func waitForMemory(_ connection: ConnectionHandler) {
    if heldBack.isEmpty { scheduleMemoryPoll() }
    heldBack.append(connection)
  }

  private func scheduleMemoryPoll() {
    eventLoop.assumeIsolated().scheduleTask(in: .milliseconds(Self.memoryPollMilliseconds)) {
      let waiting = self.heldBack
      self.heldBack = []
      for connection in waiting where !connection.goesOn() { self.heldBack.append(connection) }
      if !self.heldBack.isEmpty { self.scheduleMemoryPoll() }
    }
  }

  // MARK: Time

  private func scheduleSweep() {
    let interval = TimeAmount.milliseconds(services.configuration.sweepMilliseconds)
    eventLoop.assumeIsolated().scheduleTask(in: interval) {
      let now = NIODeadline.now().milliseconds
      for connection in Array(self.connections.values) { connection.checkTimes(at: now) }
      self.services.log.reportSuppressed(at: now)
      if !self.isEnded { self.scheduleSweep() }
    }
  }

  // MARK: Stopping

  /// Connections take no more requests and close when what runs has been answered.
  func stop() {
    isStopping = true
    for connection in Array(connections.values) { connection.stop() }
  }

  func closeAll() {
    for connection in Array(connections.values) { connection.closeNow() }
  }

  func end() {
    isEnded = true
    mailbox.stop()
  }
}
