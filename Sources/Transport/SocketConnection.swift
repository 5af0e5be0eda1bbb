package import Bytes
import CUV
import Glibc
import Threads

/// What a connection's bytes are for. Called on the loop's thread only.
///
/// This is where TLS goes when it comes: its engine will be the delegate of a connection (ciphertext
/// in, ciphertext out) and have such a delegate of its own (plaintext in, plaintext out).
package protocol SocketConnectionDelegate: AnyObject {
  /// Memory that the next bytes should be received into, for a large message that is under way; `nil`
  /// for the loop's shared buffer.
  func memoryToReceiveInto() -> UnsafeMutableRawBufferPointer?
  /// So many bytes came into the memory just named.
  func receivedInPlace(_ count: Int)
  /// Bytes came into the shared buffer; they are there only for the length of the call.
  func received(_ bytes: RawSpan)
  /// The peer will send no more. It may still read.
  func inputEnded()
  /// The socket has taken some of what it was to send, perhaps all.
  func flushed()
  /// The connection is closed, by whomever; the last call. `error` is the network's, if it was that.
  func closed(_ error: SocketError?)
}

/// A socket of TCP on a loop: reads when it is wanted to and gives the bytes to its delegate; sends
/// what it is given at the end of the tick, in vectors; says when the connection is over.
///
/// What is watched on the descriptor, and why:
/// - the peer's end of sending (DISCONNECT), also while nothing is read: a reset then is seen at once;
/// - writing, only from a send that was taken in part until all is gone;
/// - after the end of input only errors, since a socket at its end is readable for ever.
package final class SocketConnection: LoopResident {
  /// Reads in one go, and the bytes after which there is no other. Other sockets wait meanwhile.
  private static let readsPerEvent = 4
  private static let bytesPerEvent = 1 << 20
  /// Reads after the peer's reset, at which what came before it still counts: more than the system
  /// keeps for a socket.
  private static let lastReads = 64

  private let loop: EventLoop
  private let descriptor: Descriptor
  private var delegate: (any SocketConnectionDelegate)?
  /// `nil` before `open` and after `close`.
  private var poll: UVHandle<uv_poll_t, SocketConnection>?
  private var watched: Int32 = 0
  private var queue = SendQueue()
  private var isFlushDue = false
  private var isInputEnded = false
  private var isWaitingToWrite = false
  /// The peer has ended its sending, or worse, and nothing is read: told once.
  private var isDisconnectSeen = false

  /// Bytes that the socket has taken since the beginning.
  package private(set) var sentBytes = 0
  /// Bytes that it was given and has not taken.
  package var unsentBytes: Int { queue.count }
  package var isOpen: Bool { poll != nil }

  /// Bytes that the socket has taken and the peer's system has not; a system call.
  package var bytesUnderWay: Int {
    var count: Int32 = 0
    // Fails for a socket that is in error, which has nothing under way any more.
    return ioctl(descriptor.number, UInt(TIOCOUTQ), &count) == 0 ? Int(count) : 0
  }

  /// Whether bytes are wanted. Takes effect at the end of the tick, and for reading at once.
  package var isReading = true {
    didSet { if isReading != oldValue { flushLater() } }
  }

  /// To be made on the loop's thread, then opened. While it is open it keeps itself and its delegate
  /// alive.
  package init(_ descriptor: Descriptor, on loop: EventLoop) {
    self.loop = loop
    self.descriptor = descriptor
    super.init()
    loop.mailbox.connectionMade()
    // Fails when the peer has gone already, which the first read will tell.
    try? SocketOption.set(descriptor.number, Int32(IPPROTO_TCP), TCP_NODELAY, to: 1)
    try? SocketOption.set(descriptor.number, SOL_SOCKET, SO_KEEPALIVE, to: 1)
  }

  deinit { loop.mailbox.connectionGone() }

  /// Begins to read and to send.
  package func open(_ delegate: any SocketConnectionDelegate) {
    precondition(poll == nil, "a connection opens once")
    if loop.isStopped { return delegate.closed(nil) }
    self.delegate = delegate
    let (uv, number) = (loop.uv, descriptor.number)
    poll = UVHandle(owner: self) { uv_poll_init(uv, $0, number) }
    watchWhatIsWanted()
  }

  // MARK: Watching

  private func watchWhatIsWanted() {
    guard let poll else { return }
    var events = isWaitingToWrite ? PollEvents.writable : 0
    if isInputEnded {
      events |= PollEvents.errorsOnly
    } else {
      if isReading { events |= PollEvents.readable }
      events |= isDisconnectSeen ? PollEvents.errorsOnly : PollEvents.disconnect
    }
    if events == watched { return }
    watched = events
    uvCheck(
      uv_poll_start(poll.raw, events) { handle, status, events in
        resident(of: handle, as: SocketConnection.self).ready(status, events)
      })
  }

  private func ready(_ status: Int32, _ events: Int32) {
    guard status >= 0 else { return failed() }
    if events & PollEvents.writable != 0 { flush() }
    if isOpen, events & PollEvents.readable != 0, isReading, !isInputEnded { return receive() }
    // It is read to its end when reading goes on.
    if isOpen, events & PollEvents.disconnect != 0 {
      isDisconnectSeen = true
      watchWhatIsWanted()
    }
  }

  /// The socket is in error, and libuv has stopped watching it. What came before still counts.
  private func failed() {
    for _ in 0..<Self.lastReads where isOpen && !isInputEnded { receive() }
    // The reads have met the error itself and closed, unless all input had been read before. libuv
    // does not say which error it was.
    if isOpen { close(pendingError) }
  }

  private var pendingError: SocketError {
    var code: Int32 = 0
    var size = socklen_t(MemoryLayout<Int32>.size)
    getsockopt(descriptor.number, SOL_SOCKET, SO_ERROR, &code, &size)
    return SocketError(code: code == 0 ? ECONNRESET : code)
  }

  // MARK: Reading

  private func receive() {
    var received = 0
    for _ in 0..<Self.readsPerEvent {
      let inPlace = delegate?.memoryToReceiveInto()
      let target = inPlace ?? loop.receiveBuffer
      let count = read(descriptor.number, target.baseAddress, min(target.count, Self.bytesPerEvent))
      guard count > 0 else { return count == 0 ? endOfInput() : failedToRead() }
      if inPlace != nil {
        delegate?.receivedInPlace(count)
      } else {
        delegate?.received(UnsafeRawBufferPointer(rebasing: target[..<count]).bytes)
      }
      received += count
      let mayHaveMore = count == target.count && received < Self.bytesPerEvent
      if !mayHaveMore || !isOpen || !isReading { return }
    }
  }

  private func failedToRead() {
    if errno == EAGAIN || errno == EINTR { return }
    close(.current)
  }

  private func endOfInput() {
    isInputEnded = true
    watchWhatIsWanted()
    delegate?.inputEnded()
  }

  // MARK: Writing

  /// Sends `bytes` after all that was given before, at the end of this tick.
  package func send(_ bytes: BytePieces) {
    guard isOpen else { return }
    queue.append(bytes)
    flushLater()
  }

  private func flushLater() {
    guard !isFlushDue, isOpen else { return }
    isFlushDue = true
    loop.flushLater(self)
  }

  func flush() {
    isFlushDue = false
    guard isOpen else { return }
    let before = sentBytes
    isWaitingToWrite = false
    while !queue.isEmpty {
      let taken = queue.withVectors(loop.vectors) { descriptor.send($0) }
      if taken < 0 {
        if errno == EINTR { continue }
        guard errno == EAGAIN else { return close(.current) }
        isWaitingToWrite = true
        break
      }
      queue.advance(by: taken)
      sentBytes += taken
    }
    watchWhatIsWanted()
    if sentBytes != before { delegate?.flushed() }
  }

  // MARK: Closing

  /// Closes at once; what is unsent is dropped. The delegate is told before this returns.
  package func close() { close(nil) }

  private func close(_ error: SocketError?) {
    guard let poll else { return }
    self.poll = nil
    poll.close()
    descriptor.close()
    queue.removeAll()
    let delegate = delegate
    self.delegate = nil
    delegate?.closed(error)
  }

  override func loopStops() { close() }
}
