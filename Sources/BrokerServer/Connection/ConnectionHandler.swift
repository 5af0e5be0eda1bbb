import Broker
import Bytes
import Counters
import Logging
import Synchronization
import Transport

/// The I/O around one connection's `ConnectionState`: feeds it what the socket and the handler say
/// and does what it decides. Only the connection's loop touches it.
final class ConnectionHandler: SocketConnectionDelegate {
  private let client: ConnectionContext
  private let address: ClientAddress
  let loop: ConnectionLoop
  let services: ServerServices
  private let socket: SocketConnection

  var state: ConnectionState
  var frames: FrameAssembler
  private var timers: ConnectionTimers

  private var isPumping = false
  private var isEnded = false
  private var closing: CloseReason?

  /// What this connection has charged to the memory budget.
  var chargedBytes = 0
  var chargedResponseBytes = 0
  var hasOverdraft = false
  /// The peer had not taken all it was sent when somebody looked at the clock, nor has it since.
  private var isBehind = false

  /// Enters the connection among those of its loop; `open` begins to read.
  init(
    _ descriptor: Descriptor, id: UInt64, listenerName: String, address: ClientAddress,
    loop: ConnectionLoop, services: ServerServices
  ) {
    self.address = address
    self.loop = loop
    self.services = services
    socket = SocketConnection(descriptor, on: loop.eventLoop)
    client = ConnectionContext(
      id: id, listenerName: listenerName, clientAddress: address.text, executor: loop.executor)
    state = ConnectionState(limits: services.configuration.connectionLimits)
    frames = FrameAssembler(maxFrameBytes: services.configuration.limits().maxRequestBytes)
    timers = ConnectionTimers(services.configuration, now: loop.executor.nowMilliseconds)
  }

  var id: UInt64 { client.id }

  // MARK: The connection's life

  func open() {
    services.counters.connections.add()
    services.counters.accepted.add()
    loop.add(self)
    socket.open(self)
  }

  /// A reset or a broken pipe is the network's ordinary way to end a connection.
  func closed(_ error: SocketError?) {
    if isEnded { return }
    isEnded = true
    if let error { services.logger.debug("Connection from \(address.text) failed: \(error)") }
    state.closed()
    frames = FrameAssembler(maxFrameBytes: 0)
    returnOverdraft()
    charge()
    loop.remove(self)
    services.registry.leave(address)
    services.counters.connections.subtract()
    services.handler.connectionClosed(client)
  }

  func inputEnded() {
    client.identity.leave()
    state.inputClosed()
    pump()
  }

  // MARK: Reading

  func memoryToReceiveInto() -> UnsafeMutableRawBufferPointer? {
    state.isOpen ? frames.memoryToReceiveInto() : nil
  }

  func receivedInPlace(_ count: Int) {
    services.counters.bytesReceived.add(count)
    let frame = frames.receivedInPlace(count)
    if let frame { take(frame) }
    noteReceived(frames: frame == nil ? 0 : 1)
    pump()
  }

  func received(_ bytes: RawSpan) {
    services.counters.bytesReceived.add(bytes.byteCount)
    if state.isOpen { takeFrames(from: bytes) }
    pump()
  }

  private func takeFrames(from bytes: RawSpan) {
    var count = 0
    var offset = 0
    frames.maxFrameBytes = services.configuration.limits().maxRequestBytes
    do throws(FrameError) {
      while let frame = try frames.next(from: bytes, at: &offset) {
        count += 1
        take(frame)
      }
    } catch {
      close(.error("\(error)"))
      return
    }
    noteReceived(frames: count)
  }

  private func take(_ frame: ByteSlice) {
    state.received(frame, isPipelined: services.handler.isPipelined(frame))
  }

  private func noteReceived(frames count: Int) {
    if count > 0 {
      services.counters.requests.add(count)
      returnOverdraft()
    }
    timers.received(
      completedFrame: count > 0, hasPartialFrame: frames.hasPartialFrame,
      at: loop.executor.nowMilliseconds)
  }

  // MARK: Doing what the state says

  /// Does all there is to do, then settles accounts. Called after every event; an event inside it
  /// (an answer from within `handle`) is taken up by the loop that is already running.
  func pump() {
    if isPumping { return }
    isPumping = true
    while let action = state.next() {
      switch action {
      case .start(let sequence, let frame): start(sequence, frame)
      case .send(let response): send(response)
      case .close(let reason): close(reason)
      }
    }
    isPumping = false
    charge()
    considerMemory()
    socket.isReading = state.wantsToRead(whileReading: socket.isReading)
  }

  private func start(_ sequence: UInt64, _ frame: ByteSlice) {
    returnOverdraft()
    notePace()
    let loop = loop.executor.loop
    let connection = LoopBound(self)
    services.handler.handle(frame, on: client) { reply in
      if connection.isOnLoop {
        connection.value.answer(sequence, reply)
      } else {
        loop.execute { connection.value.answer(sequence, reply) }
      }
    }
  }

  /// Looked at only while it matters. The system takes megabytes for a peer that reads nothing.
  private func notePace() {
    guard !client.pace.isPrompt || services.budget.isShortForResponses else { return }
    let underWay = socket.unsentBytes + socket.bytesUnderWay
    client.pace.isPrompt =
      !isBehind && underWay <= services.configuration.connectionLimits.unsentBytesBeforeNext
  }

  private func answer(_ sequence: UInt64, _ reply: Reply) {
    state.answered(sequence, with: reply)
    pump()
  }

  private func send(_ response: BytePieces) {
    services.counters.bytesSent.add(response.count)
    socket.send(response)
  }

  func flushed() {
    if socket.unsentBytes == 0 { isBehind = false }
    state.flushed(unsentBytes: socket.unsentBytes)
    if closing != nil, socket.unsentBytes == 0 {
      socket.close()
    } else {
      pump()
    }
  }

  // MARK: Closing

  /// Closes once the peer has taken what it was sent.
  private func close(_ reason: CloseReason) {
    if isEnded || closing != nil { return }
    closing = reason
    state.closing()
    if case .error(let text) = reason {
      services.counters.closedByError.add()
      services.log.closed(
        address.text, listener: client.listenerName, reason: text,
        at: loop.executor.nowMilliseconds)
    }
    if socket.unsentBytes == 0 { socket.close() }
  }

  /// Answers what runs, takes nothing new, then closes.
  func stop() {
    state.stopped()
    pump()
  }

  func closeNow() { socket.close() }

  func checkTimes(at now: Int64, maxIdleMilliseconds: Int64) {
    isBehind = socket.unsentBytes > 0
    // While memory is short half-read frames are what it may be short of: their time goes on.
    let reason = timers.overdue(
      at: now, isReading: socket.isReading || state.isHeldBack, isIdle: state.isIdle,
      waitsForOne: state.waitsForOne, unsentBytes: socket.unsentBytes,
      takenBytes: socket.sentBytes, isMemoryShort: services.budget.isShort,
      areResponsesMany: services.budget.isShortForResponses,
      doOthersWait: services.budget.isExhaustedForResponses, maxIdle: maxIdleMilliseconds)
    guard let reason else { return }
    // Waiting for a peer to take what it was sent ends here, so the socket closes at once.
    close(reason)
    closeNow()
  }
}
