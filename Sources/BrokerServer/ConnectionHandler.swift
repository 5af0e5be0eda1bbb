import Broker
import NIOCore

/// The I/O around one connection's `ConnectionState`: feeds it what the socket and the handler say
/// and does what it decides. Only the connection's event loop touches it.
final class ConnectionHandler: ChannelDuplexHandler {
  typealias InboundIn = ByteBuffer
  typealias OutboundIn = ByteBuffer
  typealias OutboundOut = ByteBuffer

  private let client: ConnectionContext
  private let address: ClientAddress
  let loop: ConnectionLoop
  let services: ServerServices
  /// `nil` before the channel has the handler and after it has closed.
  private var context: ChannelHandlerContext?

  var state: ConnectionState
  var frames: FrameAssembler
  private var timers: ConnectionTimers

  private var isPumping = false
  /// The channel asked for bytes while none were wanted.
  private var isReadDue = false
  private var isFlushDue = false
  private var isAwaitingDrain = false
  private var closing: CloseReason?
  private var writtenBytes = 0

  /// What this connection has charged to the memory budget.
  var chargedBytes = 0
  var chargedResponseBytes = 0
  var hasOverdraft = false

  init(
    id: UInt64, listenerName: String, address: ClientAddress, loop: ConnectionLoop,
    services: ServerServices
  ) {
    self.address = address
    self.loop = loop
    self.services = services
    client = ConnectionContext(
      id: id, listenerName: listenerName, clientAddress: address.text, executor: loop.mailbox)
    state = ConnectionState(limits: services.configuration.connectionLimits)
    frames = FrameAssembler(maxFrameBytes: services.configuration.maxRequestBytes)
    timers = ConnectionTimers(services.configuration, now: loop.mailbox.nowMilliseconds)
  }

  var id: UInt64 { client.id }

  // MARK: The channel's life

  func handlerAdded(context: ChannelHandlerContext) {
    self.context = context
    services.counters.connections.add(1, ordering: .relaxed)
    services.counters.accepted.add(1, ordering: .relaxed)
    loop.add(self)
  }

  func channelInactive(context: ChannelHandlerContext) {
    end()
  }

  /// Also comes when the channel never became active, as `channelInactive` does not.
  func handlerRemoved(context: ChannelHandlerContext) {
    end()
  }

  private func end() {
    guard context != nil else { return }
    context = nil
    state.closed()
    frames = FrameAssembler(maxFrameBytes: 0)
    returnOverdraft()
    charge()
    loop.remove(self)
    services.registry.leave(address)
    services.counters.connections.subtract(1, ordering: .relaxed)
    services.handler.connectionClosed(client)
  }

  /// A reset or a broken pipe: the network's ordinary ways to end a connection.
  func errorCaught(context: ChannelHandlerContext, error: any Error) {
    services.logger.debug("Connection from \(address.text) failed: \(error)")
    context.close(promise: nil)
  }

  func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
    if case .inputClosed? = event as? ChannelEvent {
      state.inputClosed()
      pump()
    }
    context.fireUserInboundEventTriggered(event)
  }

  // MARK: Reading

  func read(context: ChannelHandlerContext) {
    isReadDue = true
    readIfDue()
  }

  private func readIfDue() {
    guard isReadDue, state.wantsToRead else { return }
    isReadDue = false
    context?.read()
  }

  func channelRead(context: ChannelHandlerContext, data: NIOAny) {
    var chunk = unwrapInboundIn(data)
    services.counters.bytesReceived.add(chunk.readableBytes, ordering: .relaxed)
    if state.isOpen { takeFrames(from: &chunk) }
    loop.receiveBuffer.giveBack(chunk)
    pump()
  }

  private func takeFrames(from chunk: inout ByteBuffer) {
    var count = 0
    do throws(FrameError) {
      while let frame = try frames.next(from: &chunk) {
        count += 1
        state.received(frame, isPipelined: services.handler.isPipelined(frame))
      }
    } catch {
      close(.error("\(error)"))
      return
    }
    if count > 0 {
      services.counters.requests.add(count, ordering: .relaxed)
      returnOverdraft()
    }
    timers.received(
      completedFrame: count > 0, hasPartialFrame: frames.hasPartialFrame,
      at: loop.mailbox.nowMilliseconds)
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
    readIfDue()
  }

  private func start(_ sequence: UInt64, _ frame: ByteBuffer) {
    returnOverdraft()
    let eventLoop = loop.eventLoop
    let mailbox = loop.mailbox
    let connection = NIOLoopBound(self, eventLoop: eventLoop)
    services.handler.handle(frame, on: client) { reply in
      if eventLoop.inEventLoop {
        connection.value.answer(sequence, reply)
      } else {
        mailbox.execute { connection.value.answer(sequence, reply) }
      }
    }
  }

  private func answer(_ sequence: UInt64, _ reply: Reply) {
    state.answered(sequence, with: reply)
    pump()
  }

  private func send(_ response: ByteBuffer) {
    writtenBytes += response.readableBytes
    services.counters.bytesSent.add(response.readableBytes, ordering: .relaxed)
    context?.write(wrapOutboundOut(response), promise: nil)
    flushLater()
  }

  // MARK: Writing

  private func flushLater() {
    if isFlushDue { return }
    isFlushDue = true
    loop.flushLater(self)
  }

  func flush() {
    isFlushDue = false
    context?.flush()
    noteUnsent()
  }

  func channelWritabilityChanged(context: ChannelHandlerContext) {
    noteUnsent()
  }

  /// Learns how much of what was written the socket has not taken, and asks to hear when it has all.
  private func noteUnsent() {
    guard let context else { return }
    let unsentBytes = unsentBytes(context)
    state.flushed(unsentBytes: unsentBytes)
    if unsentBytes > 0 {
      awaitDrain(context)
    } else if closing != nil, !isFlushDue {
      context.close(promise: nil)
      return
    }
    pump()
  }

  /// An empty write after all others completes when they have.
  private func awaitDrain(_ context: ChannelHandlerContext) {
    if isAwaitingDrain { return }
    isAwaitingDrain = true
    let drained = context.eventLoop.makePromise(of: Void.self)
    drained.futureResult.assumeIsolated().whenComplete { _ in
      self.isAwaitingDrain = false
      self.noteUnsent()
    }
    context.writeAndFlush(wrapOutboundOut(ByteBuffer()), promise: drained)
  }

  /// The option cannot be read only when the channel has closed, and then nothing is unsent.
  private func unsentBytes(_ context: ChannelHandlerContext) -> Int {
    (try? context.channel.syncOptions?.getOption(.bufferedWritableBytes)) ?? 0
  }

  // MARK: Closing

  /// Closes once the peer has taken what it was sent.
  private func close(_ reason: CloseReason) {
    guard let context, closing == nil else { return }
    closing = reason
    state.closing()
    if case .error(let text) = reason {
      services.counters.closedByError.add(1, ordering: .relaxed)
      services.log.closed(
        address.text, listener: client.listenerName, reason: text,
        at: loop.mailbox.nowMilliseconds)
    }
    if !isFlushDue, unsentBytes(context) == 0 {
      context.close(promise: nil)
    } else {
      flushLater()
    }
  }

  /// Answers what runs, takes nothing new, then closes.
  func stop() {
    state.stopped()
    pump()
  }

  func closeNow() {
    context?.close(promise: nil)
  }

  func checkTimes(at now: Int64) {
    guard let context else { return }
    let unsentBytes = unsentBytes(context)
    // While memory is short half-read frames are what it may be short of: their time goes on.
    let reason = timers.overdue(
      at: now, isReading: !isReadDue || state.isHeldBack, isIdle: state.isIdle,
      unsentBytes: unsentBytes,
      takenBytes: writtenBytes - unsentBytes, isMemoryShort: services.budget.isShortForResponses)
    guard let reason else { return }
    // Waiting for a peer to take what it was sent ends here, so the socket closes at once.
    close(reason)
    closeNow()
  }
}
